import { randomBytes } from 'node:crypto'
import type { Json } from './json.ts'
import type {
  AppSeed,
  Block,
  ChannelSeed,
  UsergroupSeed,
  UserSeed,
  WorkspaceSeed,
  WorkspaceSetting,
} from './types.ts'

export interface App extends AppSeed {
  tokenRevoked: boolean
}

export interface User extends UserSeed {
  updated: number
}

export interface Channel extends Omit<ChannelSeed, 'members'> {
  kind: 'channel' | 'group' | 'im'
  created: number
  creator: string
  members: string[]
}

export interface Usergroup extends UsergroupSeed {
  created: number
  updated: number
}

export interface StoredFile {
  id: string
  name: string
  title: string
  appId: string
  length: number
  uploadToken: string
  content?: Buffer
  completed: boolean
  altText?: string
  channel?: string
}

export interface Message {
  channel: string
  ts: string
  threadTs?: string
  userId: string
  botId?: string
  appId?: string
  text: string
  blocks: Block[]
  /** Set on an ephemeral message: the only person who sees it. */
  ephemeralTo?: string
  edited?: { user: string; ts: string }
  metadata?: Json
  files: StoredFile[]
  reactions: { name: string; users: string[] }[]
}

/** The only mutable store of people, channels and messages. */
export class Workspace {
  readonly team: WorkspaceSeed['team']
  readonly users = new Map<string, User>()
  readonly channels = new Map<string, Channel>()
  readonly usergroups = new Map<string, Usergroup>()
  readonly apps = new Map<string, App>()
  readonly files = new Map<string, StoredFile>()
  readonly messages = new Map<string, Message[]>()
  readonly settings: Record<WorkspaceSetting, boolean> = {
    guests_may_use_slash_commands: true,
    single_channel_guests_may_use_slash_commands: false,
    paid_plan: true,
    apps_may_remove_people: true,
    apps_may_edit_user_groups: true,
    file_uploads: true,
    rate_limits: false,
  }
  private lastTs = 0

  constructor(seed: WorkspaceSeed, apps: AppSeed[]) {
    this.team = seed.team
    for (const user of seed.users) this.addUser(user)
    for (const app of apps) this.addApp(app)
    for (const channel of seed.channels) this.addChannel(channel)
    for (const group of seed.usergroups ?? []) {
      this.usergroups.set(group.id, { ...group, users: [...group.users], created: now(), updated: now() })
    }
  }

  addUser(seed: UserSeed): User {
    const user = { ...seed, updated: now() }
    this.users.set(seed.id, user)
    return user
  }

  private addApp(seed: AppSeed): void {
    this.apps.set(seed.appId, { ...seed, tokenRevoked: false })
    if (this.users.has(seed.botUserId)) return
    const name = seed.name.toLowerCase().replace(/[^a-z0-9]+/g, '_')
    this.addUser({ id: seed.botUserId, name, realName: seed.name, tz: 'America/Los_Angeles', role: 'bot' })
  }

  addChannel(seed: ChannelSeed): Channel {
    const kind = seed.isPrivate ? 'group' : 'channel'
    const creator = seed.members[0] ?? ''
    const channel: Channel = { ...seed, kind, created: now(), creator, members: [...seed.members] }
    this.channels.set(seed.id, channel)
    return channel
  }

  user(id: string): User | undefined {
    return this.users.get(id)
  }

  /** The app whose bot user, or bot, this is. */
  appOf(botUserOrBotId: string): App | undefined {
    return [...this.apps.values()].find((a) => a.botUserId === botUserOrBotId || a.botId === botUserOrBotId)
  }

  /** The direct conversation of a person and a bot (or two people), where there is one. */
  findIm(one: string, other: string): Channel | undefined {
    return [...this.channels.values()].find(
      (c) => c.kind === 'im' && c.members.includes(one) && c.members.includes(other),
    )
  }

  openIm(one: string, other: string): Channel {
    const found = this.findIm(one, other)
    if (found) return found
    const id = makeId('D')
    const channel: Channel = { id, name: '', kind: 'im', created: now(), creator: one, members: [one, other] }
    this.channels.set(id, channel)
    return channel
  }

  /** A timestamp as Slack's messages carry: seconds and microseconds, never the same twice. */
  nextTs(): string {
    const micros = Math.max(Date.now() * 1000, this.lastTs + 1)
    this.lastTs = micros
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`
  }

  addMessage(message: Omit<Message, 'ts' | 'files' | 'reactions'> & { files?: StoredFile[] }): Message {
    const stored: Message = { ...message, ts: this.nextTs(), files: message.files ?? [], reactions: [] }
    const list = this.messages.get(message.channel) ?? []
    list.push(stored)
    this.messages.set(message.channel, list)
    return stored
  }

  findMessage(channel: string, ts: string): Message | undefined {
    return this.messages.get(channel)?.findLast((m) => m.ts === ts)
  }

  removeMessage(message: Message): void {
    const list = this.messages.get(message.channel) ?? []
    this.messages.set(
      message.channel,
      list.filter((m) => m !== message),
    )
  }
}

export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** An id in Slack's shape: a letter and ten characters. */
export function makeId(prefix: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  return prefix + [...randomBytes(10)].map((b) => alphabet[b % alphabet.length]).join('')
}
