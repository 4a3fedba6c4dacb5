import { compact, type Json } from '../json.ts'
import type { User, Workspace } from '../workspace.ts'

/** A person as `users.info` shows them. `profile.email` only where the app holds `users:read.email`; of a stranger only what Slack shows. */
export function userJson(workspace: Workspace, user: User, options: { email: boolean }): Json {
  const { role } = user
  const stranger = role === 'stranger'
  const bot = role === 'bot'
  const common = {
    id: user.id,
    team_id: teamOf(workspace, user),
    name: user.name,
    deleted: role === 'deactivated',
    real_name: user.realName,
    is_bot: bot,
    is_app_user: false,
    updated: user.updated,
    who_can_share_contact_card: 'EVERYONE',
  }
  const profile = profileJson(workspace, user, options.email && !bot && !stranger)
  if (role === 'deactivated') return { ...common, profile }
  const zone = { tz: user.tz, tz_label: zoneLabel(user.tz), tz_offset: zoneOffset(user.tz) }
  if (stranger)
    return { ...common, ...zone, color: '9f69e7', profile, is_stranger: true, is_email_confirmed: false }
  return {
    ...common,
    ...zone,
    color: '9f69e7',
    profile,
    is_admin: role === 'admin' || role === 'owner',
    is_owner: role === 'owner',
    is_primary_owner: role === 'owner',
    is_restricted: role === 'multi_channel_guest' || role === 'single_channel_guest',
    is_ultra_restricted: role === 'single_channel_guest',
    is_email_confirmed: !bot,
  }
}

export function teamOf(workspace: Workspace, user: User): string {
  return user.teamId ?? (user.role === 'stranger' ? 'T0STRANGERS' : workspace.team.id)
}

function profileJson(workspace: Workspace, user: User, email: boolean): Json {
  const [first = '', ...rest] = user.realName.split(' ')
  const image = 'https://secure.gravatar.com/avatar/0'
  const expires = user.guestExpiresAt
  return compact({
    title: '',
    phone: '',
    skype: '',
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.name,
    display_name_normalized: user.name,
    first_name: first,
    last_name: rest.join(' '),
    status_text: '',
    status_text_canonical: '',
    status_emoji: '',
    status_expiration: 0,
    avatar_hash: 'g0',
    email: email && user.role !== 'deactivated' ? user.email : undefined,
    image_24: image,
    image_32: image,
    image_48: image,
    image_72: image,
    image_192: image,
    image_512: image,
    team: teamOf(workspace, user),
    bot_id: user.role === 'bot' ? workspace.appOf(user.id)?.botId : undefined,
    api_app_id: user.role === 'bot' ? workspace.appOf(user.id)?.appId : undefined,
    always_active: user.role === 'bot' ? true : undefined,
    guest_invited_by: user.guestInvitedBy,
    guest_expiration_ts: expires === undefined ? undefined : toSeconds(expires),
  })
}

function toSeconds(instant: string | number): number {
  return typeof instant === 'number' ? instant : Math.floor(Date.parse(instant) / 1000)
}

/** The present offset of a zone from UTC, in seconds. */
function zoneOffset(tz: string, at: Date = new Date()): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' }).formatToParts(
    at,
  )
  const name = parts.find((p) => p.type === 'timeZoneName')?.value ?? 'GMT'
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name)
  if (!match) return 0
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60
  return match[1] === '-' ? -seconds : seconds
}

function zoneLabel(tz: string): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'long' }).formatToParts(
    new Date(),
  )
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? tz
}
