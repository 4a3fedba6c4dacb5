import type { Json } from '../json.ts'
import type { Channel, User } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel } from './channel-access.ts'
import { invalidArguments, SlackError } from './errors.ts'
import { channelJson } from './render.ts'

/** https://docs.slack.dev/reference/methods/conversations.invite (`users`) */
const MOST_INVITED = 100

/** A channel, not a direct conversation, for whose kind the app has one of the scopes. */
function managedChannel(call: Call, scopes: Record<'channel' | 'group', string[]>): Channel {
  const channel = knownChannel(call, call.text('channel'))
  if (channel.kind === 'im') throw new SlackError('method_not_supported_for_channel_type')
  call.needScope(...scopes[channel.kind])
  return channel
}

const invite: Handler = (call) => {
  const { workspace, events } = call.core
  const channel = managedChannel(call, {
    channel: ['channels:write.invites', 'channels:manage'],
    group: ['groups:write.invites', 'groups:write'],
  })
  if (channel.isArchived) throw new SlackError('is_archived')
  if (!call.isMember(channel)) throw new SlackError('not_in_channel')
  const users = [...new Set(call.list('users'))]
  if (users.length === 0) throw new SlackError('no_user')
  if (users.length > MOST_INVITED)
    throw invalidArguments(`at most ${MOST_INVITED} users [json-pointer:/users]`)
  const errors = users.flatMap((user): Json[] => {
    const error = whyNotInvited(call, channel, workspace.user(user))
    return error ? [{ user, ok: false, error }] : []
  })
  const invited = users.filter((user) => !errors.some((error) => error.user === user))
  const [first] = errors
  if (first && (!call.flag('force') || invited.length === 0))
    throw new SlackError(String(first.error), { errors })
  for (const user of invited) {
    channel.members.push(user)
    events.joined(channel, user, call.app.botUserId)
  }
  const json = channelJson(workspace, channel, call.app.botUserId)
  return { channel: json, ...(errors.length > 0 ? { errors } : {}) }
}

function whyNotInvited(call: Call, channel: Channel, user: User | undefined): string | null {
  if (!user || user.role === 'deactivated') return 'user_not_found'
  if (user.id === call.app.botUserId) return 'cant_invite_self'
  if (channel.members.includes(user.id)) return 'already_in_channel'
  if (user.role === 'stranger') return 'no_external_invite_permission'
  return user.role === 'single_channel_guest' && hasAChannel(call, user) ? 'ura_max_channels' : null
}

function hasAChannel({ core }: Call, { id }: User): boolean {
  return [...core.workspace.channels.values()].some(
    ({ kind, isArchived, members }) => kind !== 'im' && !isArchived && members.includes(id),
  )
}

const kick: Handler = (call) => {
  const { workspace, events } = call.core
  const channel = managedChannel(call, { channel: ['channels:manage'], group: ['groups:write'] })
  const user = workspace.user(call.text('user'))
  if (!user) throw new SlackError('user_not_found')
  if (user.id === call.app.botUserId) throw new SlackError('cant_kick_self')
  if (channel.name === 'general') throw new SlackError('cant_kick_from_general')
  if (channel.isArchived) throw new SlackError('not_supported')
  if (!call.isMember(channel) || !channel.members.includes(user.id)) throw new SlackError('not_in_channel')
  if (!workspace.settings.apps_may_remove_people) throw new SlackError('restricted_action')
  channel.members = channel.members.filter((id) => id !== user.id)
  events.left(channel, user.id)
  return { errors: {} }
}

export const membershipMethods: Record<string, Handler> = {
  'conversations.invite': invite,
  'conversations.kick': kick,
}
