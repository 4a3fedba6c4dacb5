import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from './json.ts'
import type {
  ActionOutcome,
  AppSeed,
  ChannelSeed,
  CommandOutcome,
  Fault,
  MessagePlace,
  Option,
  PressOptions,
  RawAnswer,
  RawPost,
  SubmitOutcome,
  Target,
  TrafficEntry,
  UsergroupSeed,
  UserSeed,
  Violation,
  VisibleMessage,
  VisibleView,
  WorkspaceSetting,
} from './types.ts'

/** Values for a form's fields, by block or action id. Selects take an option's value (or its text), multi-selects a list. */
export type FieldValues = Record<string, string | string[]>

/** The people, channels, user groups and apps of a workspace, without secrets. */
export interface WorkspaceView {
  team: { id: string; name: string; domain: string }
  users: UserSeed[]
  channels: (ChannelSeed & { kind: 'channel' | 'group' | 'im' })[]
  usergroups: UsergroupSeed[]
  apps: Pick<AppSeed, 'appId' | 'name' | 'botUserId' | 'botId' | 'commands'>[]
  settings: Record<WorkspaceSetting, boolean>
}

/** A client of a sandbox's control API; works from any process. */
export class SandboxClient {
  readonly url: string

  constructor(url: string) {
    this.url = url.replace(/\/$/, '')
  }

  /** A person to act as, and whose view to read. */
  as(userId: string): Actor {
    return new Actor(this, userId)
  }

  /** Polls until `fn` answers something truthy; throws after `timeoutMs` (default 5000), naming `what`. */
  async waitFor<T>(
    fn: () => T | Promise<T>,
    options: { timeoutMs?: number; intervalMs?: number; what?: string } = {},
  ): Promise<NonNullable<T>> {
    const deadline = Date.now() + (options.timeoutMs ?? 5000)
    for (;;) {
      const value = await fn()
      if (value) return value
      if (Date.now() > deadline) throw new Error(`waited in vain for ${options.what ?? fn.toString()}`)
      await delay(options.intervalMs ?? 20)
    }
  }

  workspace(): Promise<WorkspaceView> {
    return this.call('workspace')
  }

  fault(fault: Fault): Promise<void> {
    return this.call('fault', { fault })
  }

  clearFaults(): Promise<void> {
    return this.call('clearFaults')
  }

  /** All requests and answers, with the violations in them. */
  traffic(): Promise<{ entries: TrafficEntry[]; violations: Violation[] }> {
    return this.call('traffic')
  }

  clearTraffic(): Promise<void> {
    return this.call('clearTraffic')
  }

  /** Adds a person; apps hear `team_join`. */
  addUser(user: UserSeed): Promise<void> {
    return this.call('addUser', { user })
  }

  /** Changes a person (`{ role: 'deactivated' }` deactivates); apps hear `user_change`. */
  updateUser(id: string, patch: Partial<UserSeed>): Promise<void> {
    return this.call('updateUser', { id, patch })
  }

  /** Replaces a group's members; apps hear `subteam_members_changed`. */
  setUsergroupUsers(id: string, users: string[]): Promise<void> {
    return this.call('setUsergroupUsers', { id, users })
  }

  addToChannel(channel: string, user: string): Promise<void> {
    return this.call('addToChannel', { channel, user })
  }

  removeFromChannel(channel: string, user: string): Promise<void> {
    return this.call('removeFromChannel', { channel, user })
  }

  archiveChannel(channel: string): Promise<void> {
    return this.call('archiveChannel', { channel })
  }

  setWorkspaceSetting(name: WorkspaceSetting, value: boolean): Promise<void> {
    return this.call('setSetting', { name, value })
  }

  setRequestUrl(appId: string, url: string): Promise<void> {
    return this.call('setRequestUrl', { appId, url })
  }

  /** How many sockets of an app are open. */
  sockets(appId: string): Promise<number> {
    return this.call('sockets', { appId })
  }

  /** Cuts every socket as a broken network does. Answers how many. */
  dropSockets(): Promise<number> {
    return this.call('dropSockets')
  }

  /** Sends `disconnect` frames: `warning`, `refresh_requested`, `link_disabled`. */
  sendDisconnect(reason = 'refresh_requested'): Promise<number> {
    return this.call('sendDisconnect', { reason })
  }

  /** Delivers a recorded `to_app` entry again, the same signed bytes (or the same envelope). */
  redeliver(entryId: string): Promise<RawAnswer> {
    return this.call('redeliver', { entryId })
  }

  /** Posts any body to the app's request URL. It is signed correctly unless `request` says otherwise. */
  post(request: RawPost): Promise<RawAnswer> {
    return this.call('post', { request })
  }

  /** One verb of the control API. */
  async call<T>(verb: string, args: Json = {}): Promise<T> {
    const response = await fetch(`${this.url}/control/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args),
    })
    const body = (await response.json()) as { result: T; error?: string }
    if (body.error !== undefined) throw new Error(body.error)
    return body.result
  }
}

/** One person who uses Slack. Calls that act on an element which this person cannot see throw. */
export class Actor {
  readonly userId: string
  private readonly client: SandboxClient

  constructor(client: SandboxClient, userId: string) {
    this.client = client
    this.userId = userId
  }

  private do<T>(verb: string, args: Json = {}): Promise<T> {
    return this.client.call(verb, { user: this.userId, ...args })
  }

  command(command: string, text: string, where: { channel: string }): Promise<CommandOutcome> {
    return this.do('command', { command, text, ...where })
  }

  /** Uses a global shortcut, or with `message` a message shortcut. */
  shortcut(callbackId: string, options: { message?: MessagePlace } = {}): Promise<ActionOutcome> {
    return this.do('shortcut', { callbackId, ...options })
  }

  /** Presses a button, or picks in an overflow or select menu; confirm dialogs are accepted. */
  press(actionId: string, options: PressOptions = {}): Promise<ActionOutcome> {
    return this.do('press', { actionId, options })
  }

  /** Picks in a menu, by the option's value or its text (users, channels and dates: the id or date). */
  select(actionId: string, value: string | string[], target: Target = {}): Promise<ActionOutcome> {
    return this.do('change', { actionId, value, target })
  }

  /** Types into a text input. With `dispatch_action` the app hears of it once, as after Enter. */
  type(actionId: string, text: string, target: Target = {}): Promise<ActionOutcome> {
    return this.do('change', { actionId, value: text, target })
  }

  suggest(actionId: string, query: string, target: Target = {}): Promise<Option[]> {
    return this.do('suggest', { actionId, query, target })
  }

  /** Fills in and submits the modal on top. */
  submit(values: FieldValues = {}): Promise<SubmitOutcome> {
    return this.do('submit', { values })
  }

  /** The modal's close button; `{ all: true }` is the cross that closes the whole stack. */
  closeView(options: { all?: boolean } = {}): Promise<void> {
    return this.do('closeView', options)
  }

  async view(): Promise<VisibleView | undefined> {
    return (await this.views()).at(-1)
  }

  /** The open modals, the one on top last. */
  views(): Promise<VisibleView[]> {
    return this.do('views')
  }

  async home(appId = ''): Promise<VisibleView | undefined> {
    return (await this.do<VisibleView | null>('home', { appId })) ?? undefined
  }

  /** Opens the app's Home tab (`app_home_opened`). */
  openHome(options: { appId?: string; tab?: 'home' | 'messages' } = {}): Promise<{ channel: string }> {
    return this.do('openHome', options)
  }

  /** What this person sees in a channel: ephemeral messages to them and thread replies too; newest last. */
  messages(channel: string): Promise<VisibleMessage[]> {
    return this.do('messages', { channel })
  }

  /** The direct messages with a bot (default: the first app's), newest last. */
  directMessages(botUserId = ''): Promise<VisibleMessage[]> {
    return this.do('directMessages', { bot: botUserId })
  }

  /** The id of the direct conversation with a bot, opened where there is none. */
  directChannel(botUserId = ''): Promise<string> {
    return this.do('directChannel', { bot: botUserId })
  }

  say(
    channel: string,
    text: string,
    options: { threadTs?: string } = {},
  ): Promise<{ channel: string; ts: string }> {
    return this.do('say', { channel, text, ...options })
  }
}
