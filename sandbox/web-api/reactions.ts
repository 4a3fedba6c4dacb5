import type { Message } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel } from './channel-access.ts'
import { SlackError } from './errors.ts'

function target(call: Call): { message: Message; name: string } {
  if (!call.has('channel') || !call.has('timestamp')) throw new SlackError('no_item_specified')
  const channel = knownChannel(call, call.text('channel'))
  if (!call.isMember(channel)) throw new SlackError('channel_not_found')
  if (!/^\d+\.\d+$/.test(call.text('timestamp'))) throw new SlackError('bad_timestamp')
  const message = call.core.workspace.findMessage(channel.id, call.text('timestamp'))
  if (!message || message.ephemeralTo) throw new SlackError('message_not_found')
  const name = call.text('name').replaceAll(':', '')
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new SlackError('invalid_name')
  return { message, name }
}

const add: Handler = (call) => {
  const { message, name } = target(call)
  const reaction = message.reactions.find((r) => r.name === name)
  if (reaction?.users.includes(call.app.botUserId)) throw new SlackError('already_reacted')
  if (reaction) reaction.users.push(call.app.botUserId)
  else message.reactions.push({ name, users: [call.app.botUserId] })
  call.core.events.reaction('reaction_added', message, call.app.botUserId, name)
  return {}
}

const remove: Handler = (call) => {
  const { message, name } = target(call)
  const reaction = message.reactions.find((r) => r.name === name)
  if (!reaction?.users.includes(call.app.botUserId)) throw new SlackError('no_reaction')
  reaction.users = reaction.users.filter((id) => id !== call.app.botUserId)
  message.reactions = message.reactions.filter((r) => r.users.length > 0)
  call.core.events.reaction('reaction_removed', message, call.app.botUserId, name)
  return {}
}

export const reactionMethods: Record<string, Handler> = { 'reactions.add': add, 'reactions.remove': remove }
