import type { Core } from '../core.ts'
import { interactionError } from '../delivery/answer.ts'
import type { Json } from '../json.ts'
import type { ActionOutcome, MessagePlace, ShortcutSeed } from '../types.ts'
import { messageJson } from '../web-api/render.ts'
import { teamOf } from '../web-api/render-user.ts'
import type { App, User } from '../workspace.ts'
import { activePerson, barOf, channelName, conversationOf } from './people.ts'
import { seenMessage } from './visible.ts'

/**
 * A person uses a shortcut of an app: a global one anywhere, a message shortcut on a message. The payloads carry no app id:
 * https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
 */
export async function runShortcut(
  core: Core,
  used: { user: string; callbackId: string; message?: MessagePlace },
): Promise<ActionOutcome> {
  const user = activePerson(core, used.user)
  const type = used.message ? 'message' : 'global'
  const found = findShortcut(core, used.callbackId, type)
  if (!found) throw new Error(`no app has the ${type} shortcut ${used.callbackId}`)
  const barred = barOf(core.workspace, user, 'shortcuts')
  if (barred) return { ok: false, ackMs: 0, error: barred }
  const { app } = found
  const payload: Json = {
    type: used.message ? 'message_action' : 'shortcut',
    token: 'sandbox-verification-token',
    action_ts: core.workspace.nextTs(),
    team: { id: core.workspace.team.id, domain: core.workspace.team.domain },
    user: userOf(core, user, type),
    is_enterprise_install: false,
    callback_id: used.callbackId,
    trigger_id: core.triggers.issue(app.appId, user.id),
    ...(used.message ? fromMessage(core, user, app, used.message) : {}),
  }
  const answer = await core.deliverer.deliver(app, {
    name: type === 'message' ? 'message_action' : 'shortcut',
    kind: 'interactive',
    payload,
    acceptsResponse: false,
  })
  return answer.ok
    ? { ok: true, ackMs: answer.ms }
    : { ok: false, ackMs: answer.ms, error: interactionError(answer) }
}

function findShortcut(
  { workspace }: Core,
  callbackId: string,
  type: ShortcutSeed['type'],
): { app: App } | undefined {
  for (const app of workspace.apps.values()) {
    const has = app.shortcuts?.some((known) => known.callbackId === callbackId && known.type === type)
    if (has && app.scopes.includes('commands')) return { app }
  }
  return undefined
}

function userOf({ workspace }: Core, user: User, type: ShortcutSeed['type']): Json {
  const name = type === 'message' ? { name: user.name } : { username: user.name }
  return { id: user.id, ...name, team_id: teamOf(workspace, user) }
}

/** Slack offers message shortcuts only on messages that others see too. */
function fromMessage(core: Core, user: User, app: App, place: MessagePlace): Json {
  const channel = conversationOf(core, user.id, place.channel)
  const message = seenMessage(core, user.id, place)
  if (message.ephemeralTo) throw new Error('an ephemeral message has no shortcuts')
  return {
    channel: { id: channel.id, name: channelName(channel) },
    message_ts: message.ts,
    message: messageJson(core.workspace, message),
    response_url: core.responseUrls.issue('app-actions', app, user.id, channel.id),
  }
}
