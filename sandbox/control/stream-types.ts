import type {
  ChannelSeed,
  CommandSeed,
  ShortcutSeed,
  TrafficEntry,
  UsergroupSeed,
  UserSeed,
  Violation,
  VisibleMessage,
  VisibleView,
} from '../types.ts'

export type PageChannel = ChannelSeed & { kind: 'channel' | 'group' | 'im' }

/** An app, without its secrets. */
export interface PageApp {
  appId: string
  name: string
  botUserId: string
  botId: string
  commands: CommandSeed[]
  shortcuts: ShortcutSeed[]
  homeTab: boolean
  messagesTab: boolean
}

/** People, channels and apps. Of the channels, those of which the person is a member. */
export interface PageWorkspace {
  team: { id: string; name: string; domain: string }
  users: UserSeed[]
  channels: PageChannel[]
  usergroups: UsergroupSeed[]
  apps: PageApp[]
}

/** A traffic entry without its bodies. */
export type TrafficSummary = Pick<
  TrafficEntry,
  'id' | 'at' | 'direction' | 'transport' | 'name' | 'durationMs' | 'error' | 'retry' | 'violations'
> & { status?: number }

/** Everything that the window of one person shows. */
export interface VisibleState {
  workspace: PageWorkspace
  messages: VisibleMessage[]
  views: VisibleView[]
  /** The published Home tabs, by app id. */
  homes: Record<string, VisibleView>
  traffic: TrafficSummary[]
  /** Violations that belong to no entry. */
  violations: Violation[]
}

/** The difference to the state that the window was sent last. Absent parts did not change. */
export interface VisibleChange {
  /** Set on the first change of a connection: forget what was known before. */
  reset?: true
  workspace?: PageWorkspace
  messages?: { changed: VisibleMessage[]; gone: { channel: string; ts: string }[] }
  views?: VisibleView[]
  homes?: Record<string, VisibleView>
  traffic?: { changed: TrafficSummary[]; gone: string[] }
  violations?: Violation[]
}
