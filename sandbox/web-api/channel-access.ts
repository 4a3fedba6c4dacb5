import type { Channel } from '../workspace.ts'
import type { Call } from './call.ts'
import { SlackError } from './errors.ts'

/** A channel that the app may see. Private channels and direct messages without the bot do not exist for it. */
export function knownChannel(call: Call, id: string): Channel {
  const channel = call.core.workspace.channels.get(id)
  if (!channel) throw new SlackError('channel_not_found')
  if (channel.kind !== 'channel' && !call.isMember(channel)) throw new SlackError('channel_not_found')
  return channel
}

/** Where `chat.*` writes: a channel's id or name, or a person (their direct messages with the app). */
export function writableChannel(call: Call, name: string): Channel {
  const channel = addressed(call, name)
  if (channel.isArchived) throw new SlackError('is_archived')
  // Slack accepts messages to a deactivated person, though nobody reads them.
  const tabOff = call.app.messagesTab === false && call.spec.errors.has('messages_tab_disabled')
  if (channel.kind === 'im' && tabOff) throw new SlackError('messages_tab_disabled')
  if (!call.isMember(channel)) {
    if (call.spec.method === 'chat.postMessage' && call.app.scopes.includes('chat:write.public'))
      return channel
    throw new SlackError(call.spec.errors.has('not_in_channel') ? 'not_in_channel' : 'channel_not_found')
  }
  return channel
}

function addressed(call: Call, name: string): Channel {
  const { workspace } = call.core
  const user = workspace.user(name)
  if (user && call.spec.method === 'chat.postMessage') {
    if (user.id === call.app.botUserId) throw new SlackError('channel_not_found')
    return workspace.openIm(call.app.botUserId, user.id)
  }
  const bare = name.replace(/^#/, '')
  const byName = [...workspace.channels.values()].find((c) => c.kind !== 'im' && c.name === bare)
  return knownChannel(call, byName?.id ?? name)
}

const READ: Record<Channel['kind'], string> = { channel: 'channels', group: 'groups', im: 'im' }

/** The scope for a channel of this kind: `channels:read`, `groups:history`, ... */
export function scopeFor(channel: Channel, what: 'read' | 'history'): string {
  return `${READ[channel.kind]}:${what}`
}
