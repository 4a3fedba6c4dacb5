import type { Json } from './json.ts'

/** The role of a person in the workspace. Guests are restricted; a stranger is of another organisation (Slack Connect). */
export type UserRole =
  | 'owner'
  | 'admin'
  | 'member'
  | 'multi_channel_guest'
  | 'single_channel_guest'
  | 'stranger'
  | 'deactivated'
  | 'bot'

export interface UserSeed {
  id: string
  name: string
  realName: string
  email?: string
  /** IANA zone name, such as `Europe/Berlin`. */
  tz: string
  role: UserRole
  /** ISO instant or Unix seconds; guests only. */
  guestExpiresAt?: string | number
  guestInvitedBy?: string
  /** Home team of a stranger; default: the workspace, or a made-up team for strangers. */
  teamId?: string
}

export interface ChannelSeed {
  id: string
  name: string
  isPrivate?: boolean
  isExtShared?: boolean
  isArchived?: boolean
  members: string[]
}

export interface UsergroupSeed {
  id: string
  handle: string
  name: string
  users: string[]
}

export interface WorkspaceSeed {
  team: { id: string; name: string; domain: string }
  users: UserSeed[]
  channels: ChannelSeed[]
  usergroups?: UsergroupSeed[]
}

export interface CommandSeed {
  command: string
  shouldEscape?: boolean
  /** The description in the list of commands. */
  description?: string
  usageHint?: string
}

export interface ShortcutSeed {
  callbackId: string
  /** `global`: in the composer, anywhere. `message`: in the menu of a message. */
  type: 'global' | 'message'
  name: string
  description?: string
}

export interface AppSeed {
  appId: string
  name: string
  botUserId: string
  botId: string
  botToken: string
  appToken?: string
  signingSecret: string
  scopes: string[]
  commands: CommandSeed[]
  shortcuts?: ShortcutSeed[]
  /** Names as in a manifest's `bot_events`: `app_home_opened`, `user_change`, `message.im`, ... */
  events: string[]
  /** Where commands, interactions and events are posted; may be set later with `setRequestUrl`. */
  requestUrl?: string
  socketMode?: boolean
  /** For installing through OAuth. */
  clientId?: string
  clientSecret?: string
  /** Whether people may write to the app in its direct messages; default true. */
  messagesTab?: boolean
  /** Whether the app has a Home tab; default true. */
  homeTab?: boolean
}

/** Where a message stands. */
export interface MessagePlace {
  channel: string
  ts: string
}

/** Slack's own times; tests shorten them. */
export interface Timing {
  /** How long an app may take to acknowledge, in ms (Slack: 3000). */
  ackMs: number
  /** Life of a trigger, in ms (Slack: 3000). */
  triggerMs: number
  /** Life of a response_url, in ms (Slack: 30 minutes). */
  responseUrlMs: number
  /** Waits before each retry of an event, in ms (Slack: at once, 1 minute, 5 minutes). */
  eventRetriesMs: number[]
  /** How often the server pings sockets, in ms. */
  socketPingMs: number
}

export interface SandboxOptions {
  /** Default 0: a free port. Listens on 127.0.0.1 only. */
  port?: number
  workspace: WorkspaceSeed
  apps: AppSeed[]
  timing?: Partial<Timing>
  /** Switches the Web API's rate tiers on. Default false. */
  rateLimits?: boolean
  log?: (entry: TrafficEntry) => void
}

/** Something that Slack refuses or a careful app does not do, or a gap of the sandbox (`*_not_offered`, `sandbox_defect`). */
export interface Violation {
  id: string
  at: string
  kind: string
  detail: string
  /** The traffic entry in which it was seen. */
  entryId?: string
}

/** One request and its answer, in either direction. */
export interface TrafficEntry {
  id: string
  at: string
  /** `to_app`: Slack called the app; `from_app`: the app called Slack. */
  direction: 'to_app' | 'from_app'
  transport: 'http' | 'socket'
  appId?: string
  /** A method's name, or what was delivered: `slash_commands`, `block_actions`, `event:user_change`, `response_url`, ... */
  name: string
  request: { headers: Record<string, string>; body: string; payload?: unknown }
  response?: { status: number; body: string }
  durationMs?: number
  /** Why there was no good answer: `timeout`, `connection_failed`, `http_error`, a Web API error code, ... */
  error?: string
  /** Which retry of an event this was, from 1. */
  retry?: number
  violations: Violation[]
}

export type FaultKind = 'rate_limited' | 'server_error' | 'timeout' | 'lost_response' | 'slow' | 'reset'

export interface Fault {
  /** A Web API method, `response_url`, `upload`, or `*`. */
  method: string
  /** How many calls it hits; default 1. */
  times?: number
  kind: FaultKind
  /** Seconds in `Retry-After`; default 1. */
  retryAfter?: number
  /** For `slow`: the delay. For `timeout`: how long the call hangs (default 30,000). */
  ms?: number
}

export type Block = Json & { type: string; block_id?: string }

/** A message as one person sees it. */
export interface VisibleMessage {
  channel: string
  ts: string
  threadTs?: string
  user: string
  botId?: string
  text: string
  blocks: Block[]
  ephemeral: boolean
  edited?: boolean
  files?: { id: string; name: string; title: string; url: string; size: number; altText?: string }[]
  reactions?: { name: string; users: string[] }[]
  metadata?: Json
}

/** A modal as its person sees it, with the values filled in so far. */
export interface VisibleView {
  id: string
  appId: string
  callbackId: string
  externalId: string
  title: string
  submit?: string
  close?: string
  blocks: Block[]
  /** `state.values` as the app would receive them. */
  values: Record<string, Record<string, Json>>
  /** The errors beside fields, by block id. */
  errors: Record<string, string>
  hash: string
  privateMetadata: string
}

export interface CommandOutcome {
  ok: boolean
  ackMs: number
  /** What Slack would show the person. */
  error?: string
  response?: { text: string; blocks: Block[]; response_type: 'ephemeral' | 'in_channel' }
}

export interface ActionOutcome {
  ok: boolean
  ackMs: number
  error?: string
}

export interface SubmitOutcome {
  ok: boolean
  ackMs: number
  result: 'closed' | 'cleared' | 'updated' | 'pushed' | 'errors' | 'failed'
  /** By block id. */
  errors?: Record<string, string>
  /** True where Slack's own form refused and the app was not asked. */
  refusedByForm?: boolean
  error?: string
}

export interface Option {
  text: string
  value: string
  description?: string
  group?: string
}

/** Where an element to act on is looked for. Without one of `message`, `view`, `home`: top view, then messages, newest first. */
export interface Target {
  message?: MessagePlace
  view?: true
  home?: true
  blockId?: string
}

export interface PressOptions extends Target {
  /** Picks among several buttons of one action id. */
  value?: string
  /** The value of an overflow or select option. */
  option?: string
}

/** A raw delivery, for attacks. Fields that are left out are set as Slack sets them. */
export interface RawPost {
  appId?: string
  /** The exact body. */
  body: string
  contentType?: string
  /** Unix seconds. */
  timestamp?: number
  /** Overrides the signature; null leaves the header out. */
  signature?: string | null
  headers?: Record<string, string>
}

export interface RawAnswer {
  status: number
  body: string
  ms: number
  error?: string
}

export type WorkspaceSetting =
  | 'guests_may_use_slash_commands'
  | 'single_channel_guests_may_use_slash_commands'
  | 'paid_plan'
  /** Members, and so apps, may take others out of channels. Off: owners and admins only, and no app can. */
  | 'apps_may_remove_people'
  /** The same for changes of user groups. */
  | 'apps_may_edit_user_groups'
  | 'file_uploads'
  | 'rate_limits'
