import { appOrFail, type Core } from '../core.ts'
import { activePerson, conversationOf } from '../interactions/people.ts'
import { visibleView } from '../interactions/view-stack.ts'
import { visibleMessages } from '../interactions/visible.ts'
import { asString, type Json } from '../json.ts'
import type { UserSeed, VisibleMessage, VisibleView } from '../types.ts'
import { setMembers } from '../web-api/usergroups.ts'
import { type App, now, type User } from '../workspace.ts'

/** The app named, or the only one. */
function oneApp(core: Core, appId: string): App {
  const [first] = core.workspace.apps.keys()
  return appOrFail(core, appId || (first ?? ''))
}

function botUser(core: Core, bot: string): string {
  return bot || oneApp(core, '').botUserId
}

export function home(core: Core, user: string, appId: string): VisibleView | undefined {
  const view = core.views.home(user, oneApp(core, appId).appId)
  return view && visibleView(view)
}

/** A person opens the app's Home (or Messages) tab. */
export function openHome(core: Core, userId: string, appId: string, tab: string): { channel: string } {
  const user = activePerson(core, userId)
  const app = oneApp(core, appId)
  const channel = core.workspace.openIm(app.botUserId, user.id)
  const view = core.views.home(user.id, app.appId)
  const which = tab === 'messages' ? 'messages' : 'home'
  core.events.homeOpened(app, user.id, channel.id, which, view && core.views.toJson(view))
  return { channel: channel.id }
}

export function directMessages(core: Core, user: string, bot: string): VisibleMessage[] {
  const channel = core.workspace.findIm(user, botUser(core, bot))
  return channel ? visibleMessages(core, user, channel.id) : []
}

export function directChannel(core: Core, user: string, bot: string): string {
  return core.workspace.openIm(botUser(core, bot), activePerson(core, user).id).id
}

/** A person writes a message. */
export function say(core: Core, args: Json): { channel: string; ts: string } {
  const user = activePerson(core, asString(args.user))
  const channel = conversationOf(core, user.id, asString(args.channel))
  if (channel.isArchived) throw new Error(`${channel.id} is archived`)
  const app = core.workspace.appOf(channel.members.find((id) => id !== user.id) ?? '')
  if (channel.kind === 'im' && app?.messagesTab === false) {
    throw new Error(`sending messages to ${app.name} has been turned off`)
  }
  const threadTs = asString(args.threadTs)
  const message = core.workspace.addMessage({
    channel: channel.id,
    userId: user.id,
    text: asString(args.text),
    blocks: [],
    ...(threadTs ? { threadTs } : {}),
  })
  core.events.messagePosted(message)
  return { channel: channel.id, ts: message.ts }
}

export function addUser(core: Core, seed: UserSeed): void {
  core.events.teamJoined(core.workspace.addUser(seed))
}

/** Changes a person (a role of `deactivated` deactivates them) and tells the apps. */
export function updateUser(core: Core, id: string, patch: Partial<User>): void {
  const user = core.workspace.user(id)
  if (!user) throw new Error(`no user ${id}`)
  Object.assign(user, patch, { id, updated: now() })
  if (user.role === 'deactivated') core.views.clear(id)
  core.events.userChanged(user)
}

export function setUsergroupUsers(core: Core, id: string, users: string[]): void {
  const group = core.workspace.usergroups.get(id)
  if (!group) throw new Error(`no user group ${id}`)
  setMembers(core.events, group, users)
}

export function addToChannel(core: Core, channelId: string, userId: string): void {
  const channel = core.workspace.channels.get(channelId)
  if (!channel) throw new Error(`no channel ${channelId}`)
  if (channel.members.includes(userId)) return
  channel.members.push(userId)
  core.events.joined(channel, userId)
}

export function removeFromChannel(core: Core, channelId: string, userId: string): void {
  const channel = core.workspace.channels.get(channelId)
  if (!channel?.members.includes(userId)) throw new Error(`${userId} is not in ${channelId}`)
  channel.members = channel.members.filter((id) => id !== userId)
  core.events.left(channel, userId)
}

export function archiveChannel(core: Core, channelId: string): void {
  const channel = core.workspace.channels.get(channelId)
  if (!channel) throw new Error(`no channel ${channelId}`)
  channel.isArchived = true
  core.events.archived(channel)
}

export function setRequestUrl(core: Core, appId: string, url: string): void {
  oneApp(core, appId).requestUrl = url
}

/** The people, channels, user groups and apps of the workspace, without secrets. */
export function workspace(core: Core): Json {
  const { team, users, channels, usergroups, apps, settings } = core.workspace
  const publicApps = [...apps.values()].map(({ appId, name, botUserId, botId, commands }) => ({
    appId,
    name,
    botUserId,
    botId,
    commands,
  }))
  return {
    team,
    users: [...users.values()],
    channels: [...channels.values()],
    usergroups: [...usergroups.values()],
    apps: publicApps,
    settings,
  }
}
