import type { Deliverer } from './delivery/deliver.ts'
import { EventDelivery } from './delivery/event-delivery.ts'
import type { Json } from './json.ts'
import type { Traffic } from './traffic.ts'
import type { Timing } from './types.ts'
import { messageJson, usergroupJson } from './web-api/render.ts'
import { teamOf, userJson } from './web-api/render-user.ts'
import { eventScopes } from './web-api/spec.ts'
import {
  type App,
  type Channel,
  type Message,
  now,
  type User,
  type Usergroup,
  type Workspace,
} from './workspace.ts'

/** Each event that the sandbox sends, by the name that an app subscribes to. */
export const SENT_EVENTS = [
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'channel_archive',
  'group_archive',
  'member_joined_channel',
  'member_left_channel',
  'message.channels',
  'message.groups',
  'message.im',
  'reaction_added',
  'reaction_removed',
  'subteam_members_changed',
  'subteam_updated',
  'team_join',
  'tokens_revoked',
  'user_change',
] as const
type SentEvent = (typeof SENT_EVENTS)[number]

const SUBSCRIPTIONS: Record<Channel['kind'], SentEvent> = {
  channel: 'message.channels',
  group: 'message.groups',
  im: 'message.im',
}

/** The Events API. Sends each app the events that it subscribed to and may see. */
export class Events {
  private readonly workspace: Workspace
  private readonly delivery: EventDelivery
  private readonly traffic: Traffic

  constructor(workspace: Workspace, deliverer: Deliverer, traffic: Traffic, timing: Timing) {
    this.workspace = workspace
    this.delivery = new EventDelivery(workspace, deliverer, timing)
    this.traffic = traffic
  }

  /** Records each subscription without its scope, or to an event that Slack does not have. */
  checkSubscriptions(app: App): void {
    for (const name of app.events) {
      const scopes = eventScopes(name)
      if (!scopes)
        this.traffic.violate('unknown_event', `${app.name} subscribes to ${name}, which Slack does not have`)
      else if (!allowed(app, scopes)) {
        this.traffic.violate(
          'missing_scope',
          `${app.name} subscribes to ${name} without one of ${scopes.join(', ')}`,
        )
      }
    }
  }

  userChanged(user: User): void {
    this.toAll('user_change', (app) => ({ user: this.user(app, user), cache_ts: now() }))
  }

  teamJoined(user: User): void {
    this.toAll('team_join', (app) => ({ user: this.user(app, user) }))
  }

  usergroupChanged(group: Usergroup, before: string[], previousUpdate: number): void {
    const added = group.users.filter((id) => !before.includes(id))
    const removed = before.filter((id) => !group.users.includes(id))
    this.toAll('subteam_members_changed', () => ({
      subteam_id: group.id,
      team_id: this.workspace.team.id,
      date_previous_update: previousUpdate,
      date_update: group.updated,
      added_users: added,
      added_users_count: added.length,
      removed_users: removed,
      removed_users_count: removed.length,
    }))
    const subteam = { ...usergroupJson(this.workspace, group, { users: true, count: true }) }
    this.toAll('subteam_updated', () => ({ subteam }))
  }

  joined(channel: Channel, userId: string, inviter?: string): void {
    this.membership('member_joined_channel', channel, userId, inviter)
  }

  left(channel: Channel, userId: string): void {
    this.membership('member_left_channel', channel, userId)
  }

  archived(channel: Channel): void {
    const type = channel.kind === 'group' ? 'group_archive' : 'channel_archive'
    for (const app of this.workspace.apps.values()) {
      if (channel.kind === 'group' && !channel.members.includes(app.botUserId)) continue
      this.toApp(app, type, { channel: channel.id, user: channel.creator, is_moved: 0 })
    }
  }

  homeOpened(app: App, userId: string, channel: string, tab: 'home' | 'messages', view?: Json): void {
    this.toApp(app, 'app_home_opened', { user: userId, channel, tab, ...(view ? { view } : {}) })
  }

  tokensRevoked(app: App): void {
    this.toApp(app, 'tokens_revoked', { tokens: { oauth: [], bot: [app.botUserId] } })
    this.toApp(app, 'app_uninstalled', {})
  }

  /** Sends a message to the subscribed apps in its channel, and `app_mention` to an app that it mentions. */
  messagePosted(message: Message): void {
    const channel = this.workspace.channels.get(message.channel)
    if (!channel) return
    const { reply_count: _count, ...body } = messageJson(this.workspace, message)
    const where = { channel: channel.id, channel_type: channel.kind }
    for (const app of this.workspace.apps.values()) {
      if (!channel.members.includes(app.botUserId)) continue
      this.toApp(app, SUBSCRIPTIONS[channel.kind], { ...body, ...where }, 'message')
      if (
        message.text.includes(`<@${app.botUserId}`) &&
        channel.kind !== 'im' &&
        message.userId !== app.botUserId
      ) {
        const { user, text, ts, team, thread_ts } = body
        const mention = { user, text, ts, team, channel: channel.id, ...(thread_ts ? { thread_ts } : {}) }
        this.toApp(app, 'app_mention', mention)
      }
    }
  }

  messageChanged(message: Message): void {
    this.inChannel(message, 'message_changed', {
      ts: this.workspace.nextTs(),
      message: messageJson(this.workspace, message),
    })
  }

  messageDeleted(message: Message): void {
    this.inChannel(message, 'message_deleted', { ts: this.workspace.nextTs(), deleted_ts: message.ts })
  }

  reaction(type: 'reaction_added' | 'reaction_removed', message: Message, user: string, name: string): void {
    const item = { type: 'message', channel: message.channel, ts: message.ts }
    const members = this.workspace.channels.get(message.channel)?.members ?? []
    for (const app of this.workspace.apps.values()) {
      if (!members.includes(app.botUserId)) continue
      this.toApp(app, type, { user, reaction: name, item, item_user: message.userId })
    }
  }

  close(): void {
    this.delivery.close()
  }

  private inChannel(message: Message, subtype: string, body: Json): void {
    const channel = this.workspace.channels.get(message.channel)
    if (!channel) return
    const where = { channel: channel.id, channel_type: channel.kind }
    for (const app of this.workspace.apps.values()) {
      if (!channel.members.includes(app.botUserId)) continue
      this.toApp(app, SUBSCRIPTIONS[channel.kind], { subtype, ...body, ...where, hidden: true }, 'message')
    }
  }

  private user(app: App, user: User): Json {
    return userJson(this.workspace, user, { email: app.scopes.includes('users:read.email') })
  }

  private membership(type: SentEvent, channel: Channel, userId: string, inviter?: string): void {
    const user = this.workspace.user(userId)
    for (const app of this.workspace.apps.values()) {
      const seen = channel.members.includes(app.botUserId) || userId === app.botUserId
      if (!seen) continue
      this.toApp(app, type, {
        user: userId,
        channel: channel.id,
        channel_type: channel.kind === 'group' ? 'G' : 'C',
        team: user ? teamOf(this.workspace, user) : this.workspace.team.id,
        ...(inviter ? { inviter } : {}),
      })
    }
  }

  private toAll(type: SentEvent, body: (app: App) => Json): void {
    for (const app of this.workspace.apps.values()) this.toApp(app, type, body(app))
  }

  private toApp(app: App, subscription: SentEvent, body: Json, type: string = subscription): void {
    if (!app.events.includes(subscription) || !allowed(app, eventScopes(subscription) ?? [])) return
    const event_ts = typeof body.ts === 'string' ? body.ts : this.workspace.nextTs()
    this.delivery.send(app, { ...body, type, event_ts })
  }
}

function allowed(app: App, scopes: string[]): boolean {
  return scopes.length === 0 || scopes.some((scope) => app.scopes.includes(scope))
}
