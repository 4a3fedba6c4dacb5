import type { Core } from '../core.ts'
import { change, press } from '../interactions/actions.ts'
import { runCommand } from '../interactions/commands.ts'
import { runShortcut } from '../interactions/shortcuts.ts'
import { closeView, submit } from '../interactions/submissions.ts'
import { suggest } from '../interactions/suggestions.ts'
import { visibleView } from '../interactions/view-stack.ts'
import { visibleMessages } from '../interactions/visible.ts'
import { asObject, asObjects, asString, type Json } from '../json.ts'
import type {
  Fault,
  MessagePlace,
  PressOptions,
  RawPost,
  Target,
  UserSeed,
  WorkspaceSetting,
} from '../types.ts'
import { fill } from './fill.ts'
import * as people from './people.ts'

/** What the control API does for one verb. Arguments come from this sandbox's own client and are not checked again. */
type Verb = (core: Core, args: Json) => unknown

function fields(args: Json): Record<string, string | string[]> {
  return asObject(args.values) as Record<string, string | string[]>
}

/** Verbs of a person: to act and to read. */
const ACTING: Record<string, Verb> = {
  command: (core, { user, command, text, channel }) =>
    runCommand(core, {
      user: asString(user),
      command: asString(command),
      text: asString(text),
      channel: asString(channel),
    }),
  shortcut: (core, { user, callbackId, message }) =>
    runShortcut(core, {
      user: asString(user),
      callbackId: asString(callbackId),
      ...(message ? { message: asObject(message) as unknown as MessagePlace } : {}),
    }),
  press: (core, { user, actionId, options }) =>
    press(core, asString(user), asString(actionId), asObject(options) as PressOptions),
  change: (core, { user, actionId, value, target }) =>
    change(core, asString(user), asString(actionId), value as string | string[], asObject(target) as Target),
  fill: (core, { user, fields, home }) => fill(core, asString(user), asObjects(fields), home === true),
  suggest: (core, { user, actionId, query, target }) =>
    suggest(core, asString(user), asString(actionId), asString(query), asObject(target) as Target),
  submit: (core, args) => submit(core, asString(args.user), fields(args)),
  closeView: (core, { user, all }) => closeView(core, asString(user), all === true),
  views: (core, { user }) => core.views.stack(asString(user)).map(visibleView),
  home: (core, { user, appId }) => people.home(core, asString(user), asString(appId)),
  openHome: (core, { user, appId, tab }) =>
    people.openHome(core, asString(user), asString(appId), asString(tab)),
  messages: (core, { user, channel }) => visibleMessages(core, asString(user), asString(channel)),
  directMessages: (core, { user, bot }) => people.directMessages(core, asString(user), asString(bot)),
  directChannel: (core, { user, bot }) => people.directChannel(core, asString(user), asString(bot)),
  say: (core, args) => people.say(core, args),
}

/** Verbs of an administrator, an attacker, and faults of the network. */
const RULING: Record<string, Verb> = {
  workspace: (core) => people.workspace(core),
  addUser: (core, { user }) => people.addUser(core, asObject(user) as unknown as UserSeed),
  updateUser: (core, { id, patch }) => people.updateUser(core, asString(id), asObject(patch)),
  setUsergroupUsers: (core, { id, users }) => people.setUsergroupUsers(core, asString(id), users as string[]),
  addToChannel: (core, { channel, user }) => people.addToChannel(core, asString(channel), asString(user)),
  removeFromChannel: (core, { channel, user }) =>
    people.removeFromChannel(core, asString(channel), asString(user)),
  archiveChannel: (core, { channel }) => people.archiveChannel(core, asString(channel)),
  setSetting: (core, { name, value }) => {
    core.workspace.settings[asString(name) as WorkspaceSetting] = value === true
  },
  setRequestUrl: (core, { appId, url }) => people.setRequestUrl(core, asString(appId), asString(url)),
  fault: (core, { fault }) => core.faults.add(asObject(fault) as unknown as Fault),
  clearFaults: (core) => core.faults.clear(),
  traffic: (core) => core.traffic.all(),
  trafficEntry: (core, { id }) => core.traffic.find(asString(id)),
  clearTraffic: (core) => core.traffic.clear(),
  sockets: (core, { appId }) => core.sockets.count(asString(appId)),
  dropSockets: (core) => core.sockets.drop(),
  sendDisconnect: (core, { reason }) => core.sockets.sendDisconnect(asString(reason)),
  redeliver: (core, { entryId }) => core.deliverer.redeliver(asString(entryId)),
  post: (core, { request }) => core.deliverer.raw(asObject(request) as unknown as RawPost),
}

export const VERBS: Readonly<Record<string, Verb>> = { ...ACTING, ...RULING }
