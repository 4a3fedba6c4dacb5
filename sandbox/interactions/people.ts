import type { Core } from '../core.ts'
import type { Json } from '../json.ts'
import { teamOf } from '../web-api/render-user.ts'
import type { App, Channel, User, Workspace } from '../workspace.ts'

/** The person of this id. Throws where there is none, or where the person is deactivated. */
export function activePerson(core: Core, userId: string): User {
  const user = core.workspace.user(userId)
  if (!user) throw new Error(`no user ${userId}`)
  if (user.role === 'deactivated') throw new Error(`${userId} is deactivated and cannot sign in`)
  return user
}

/** A conversation of which this person is a member. Throws where they are not. */
export function conversationOf(core: Core, userId: string, channelId: string): Channel {
  const channel = core.workspace.channels.get(channelId)
  if (!channel?.members.includes(userId)) throw new Error(`${userId} is not in ${channelId}`)
  return channel
}

/** Why this person may not use commands or shortcuts, for which Slack has one setting; undefined where they may. */
export function barOf(
  { settings }: Workspace,
  { role }: User,
  what: 'slash commands' | 'shortcuts',
): string | undefined {
  const multi = role === 'multi_channel_guest' && !settings.guests_may_use_slash_commands
  const single = role === 'single_channel_guest' && !settings.single_channel_guests_may_use_slash_commands
  if (multi || single) return `Guests may not use ${what} in this workspace.`
  if (role === 'stranger') return 'This command belongs to another organisation.'
  return undefined
}

/** The fields that each interaction payload has: team, user and app. */
export function interactionBase(core: Core, app: App, user: User): Json {
  return {
    team: { id: core.workspace.team.id, domain: core.workspace.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    api_app_id: app.appId,
    token: 'sandbox-verification-token',
    user: { id: user.id, username: user.name, name: user.name, team_id: teamOf(core.workspace, user) },
  }
}

export function channelName(channel: Channel): string {
  if (channel.kind === 'im') return 'directmessage'
  return channel.kind === 'group' ? 'privategroup' : channel.name
}
