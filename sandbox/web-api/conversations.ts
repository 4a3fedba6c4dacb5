import type { Channel } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel, scopeFor } from './channel-access.ts'
import { invalidArguments, SlackError } from './errors.ts'
import { page } from './paging.ts'
import { channelJson } from './render.ts'

/** A channel that the app may see, and for whose kind it has the scope. */
function readable(call: Call): Channel {
  const channel = knownChannel(call, call.text('channel'))
  call.needScope(scopeFor(channel, 'read'))
  return channel
}

const info: Handler = (call) => {
  const channel = readable(call)
  const json = channelJson(call.core.workspace, channel, call.app.botUserId)
  return {
    channel: call.flag('include_num_members') ? { ...json, num_members: channel.members.length } : json,
  }
}

const members: Handler = (call) => {
  const channel = readable(call)
  const { items, response_metadata } = page(call, channel.members)
  return { members: items, response_metadata }
}

const KINDS: Record<string, Channel['kind']> = {
  public_channel: 'channel',
  private_channel: 'group',
  im: 'im',
}

function listed(call: Call, only: (channel: Channel) => boolean): { channels: Channel[] } {
  const types = call.has('types') ? call.list('types') : ['public_channel']
  for (const type of types) if (type !== 'mpim' && !(type in KINDS)) throw new SlackError('invalid_types')
  for (const type of types) {
    const kind = KINDS[type]
    call.needScope(type === 'mpim' || !kind ? 'mpim:read' : scopeFor({ kind } as Channel, 'read'))
  }
  const wanted = new Set(types.map((t) => KINDS[t]))
  const archived = !call.flag('exclude_archived')
  const all = [...call.core.workspace.channels.values()]
  return { channels: all.filter((c) => wanted.has(c.kind) && (archived || !c.isArchived) && only(c)) }
}

function pageOf(call: Call, channels: Channel[]) {
  const { items, response_metadata } = page(call, channels)
  return {
    channels: items.map((c) => channelJson(call.core.workspace, c, call.app.botUserId)),
    response_metadata,
  }
}

const list: Handler = (call) => {
  const { channels } = listed(call, (c) => c.kind === 'channel' || call.isMember(c))
  return pageOf(call, channels)
}

const usersConversations: Handler = (call) => {
  const user = call.has('user') ? call.text('user') : call.app.botUserId
  const { channels } = listed(
    call,
    (c) => c.members.includes(user) && (c.kind === 'channel' || call.isMember(c)),
  )
  return pageOf(call, channels)
}

const open: Handler = (call) => {
  const { workspace } = call.core
  if (call.has('channel')) {
    const channel = knownChannel(call, call.text('channel'))
    if (channel.kind !== 'im') throw new SlackError('method_not_supported_for_channel_type')
    return { channel: { id: channel.id } }
  }
  const users = call.list('users')
  if (users.length === 0) throw new SlackError('users_list_not_supplied')
  if (users.length > 1) throw invalidArguments('the sandbox has no group direct messages')
  call.needScope('im:write')
  const user = workspace.user(users[0] ?? '')
  if (!user) throw new SlackError('user_not_found')
  if (user.role === 'deactivated') throw new SlackError('user_disabled')
  if (user.role === 'stranger') throw new SlackError('user_not_visible')
  const already = workspace.findIm(call.app.botUserId, user.id) !== undefined
  const channel = workspace.openIm(call.app.botUserId, user.id)
  const full = call.flag('return_im')
    ? channelJson(workspace, channel, call.app.botUserId)
    : { id: channel.id }
  return { channel: full, ...(already ? { no_op: true, already_open: true } : {}) }
}

const join: Handler = (call) => {
  const channel = knownChannel(call, call.text('channel'))
  if (channel.kind !== 'channel') throw new SlackError('method_not_supported_for_channel_type')
  if (channel.isArchived) throw new SlackError('is_archived')
  const already = call.isMember(channel)
  if (!already) {
    channel.members.push(call.app.botUserId)
    call.core.events.joined(channel, call.app.botUserId)
  }
  return {
    channel: channelJson(call.core.workspace, channel, call.app.botUserId),
    ...(already
      ? { warning: 'already_in_channel', response_metadata: { warnings: ['already_in_channel'] } }
      : {}),
  }
}

export const conversationMethods: Record<string, Handler> = {
  'conversations.info': info,
  'conversations.members': members,
  'conversations.list': list,
  'conversations.open': open,
  'conversations.join': join,
  'users.conversations': usersConversations,
}
