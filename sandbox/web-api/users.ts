import type { Call, Handler } from './call.ts'
import { SlackError } from './errors.ts'
import { page } from './paging.ts'
import { botJson } from './render.ts'
import { userJson } from './render-user.ts'

function emails(call: Call): { email: boolean } {
  return { email: call.app.scopes.includes('users:read.email') }
}

const info: Handler = (call) => {
  const user = call.core.workspace.user(call.text('user'))
  if (!user) throw new SlackError('user_not_found')
  const json = userJson(call.core.workspace, user, emails(call))
  return { user: call.flag('include_locale') ? { ...json, locale: 'en-US' } : json }
}

const list: Handler = (call) => {
  const { workspace } = call.core
  const members = [...workspace.users.values()].filter((u) => u.role !== 'stranger')
  const { items, response_metadata } = page(call, members, 1000)
  return {
    members: items.map((u) => userJson(workspace, u, emails(call))),
    cache_ts: Math.floor(Date.now() / 1000),
    response_metadata,
  }
}

const lookupByEmail: Handler = (call) => {
  const wanted = call.text('email').toLowerCase()
  const reachable = [...call.core.workspace.users.values()].filter(
    (u) => u.role !== 'deactivated' && u.role !== 'stranger',
  )
  const user = reachable.find((u) => u.email?.toLowerCase() === wanted)
  if (!user) throw new SlackError('users_not_found')
  return { user: userJson(call.core.workspace, user, { email: true }) }
}

const botsInfo: Handler = (call) => {
  const app = call.has('bot') ? call.core.workspace.appOf(call.text('bot')) : call.app
  if (!app) throw new SlackError('bot_not_found')
  return { bot: botJson(app) }
}

export const userMethods: Record<string, Handler> = {
  'users.info': info,
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'bots.info': botsInfo,
}
