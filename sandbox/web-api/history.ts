import type { Message } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel, scopeFor } from './channel-access.ts'
import { SlackError } from './errors.ts'
import { page } from './paging.ts'
import { messageJson } from './render.ts'

/** Messages of a channel in the asked range that everybody in it sees, oldest first. */
function between(call: Call): Message[] {
  const channel = knownChannel(call, call.text('channel'))
  call.needScope(scopeFor(channel, 'history'))
  if (!call.isMember(channel)) {
    throw new SlackError(call.spec.errors.has('not_in_channel') ? 'not_in_channel' : 'channel_not_found')
  }
  const oldest = bound(call, 'oldest')
  const latest = bound(call, 'latest')
  const inclusive = call.flag('inclusive')
  const all = call.core.workspace.messages.get(channel.id) ?? []
  return all.filter((m) => {
    const ts = Number(m.ts)
    const after = oldest === undefined || ts > oldest || (inclusive && ts === oldest)
    const before = latest === undefined || ts < latest || (inclusive && ts === latest)
    return !m.ephemeralTo && after && before
  })
}

function bound(call: Call, name: 'oldest' | 'latest'): number | undefined {
  if (!call.has(name)) return undefined
  const value = Number(call.text(name))
  if (!Number.isFinite(value))
    throw new SlackError(name === 'oldest' ? 'invalid_ts_oldest' : 'invalid_ts_latest')
  return value
}

function shown(call: Call, messages: Message[]) {
  const { items, response_metadata } = page(call, messages)
  const withMetadata = call.flag('include_all_metadata')
  return {
    messages: items.map((m) => {
      const { metadata, ...rest } = messageJson(call.core.workspace, m)
      return withMetadata && metadata ? { ...rest, metadata } : rest
    }),
    has_more: response_metadata.next_cursor !== '',
    response_metadata,
  }
}

const history: Handler = (call) => {
  const roots = between(call).filter((m) => !m.threadTs)
  return { ...shown(call, roots.reverse()), pin_count: 0 }
}

const replies: Handler = (call) => {
  const ts = call.text('ts')
  const channel = knownChannel(call, call.text('channel'))
  const parent = call.core.workspace.findMessage(channel.id, ts)
  if (!parent || parent.ephemeralTo) throw new SlackError('thread_not_found')
  const root = parent.threadTs ?? parent.ts
  return shown(
    call,
    between(call).filter((m) => m.ts === root || m.threadTs === root),
  )
}

export const historyMethods: Record<string, Handler> = {
  'conversations.history': history,
  'conversations.replies': replies,
}
