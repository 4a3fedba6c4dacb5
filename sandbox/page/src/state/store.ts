import { computed, signal } from '@preact/signals'
import type { PageApp, PageChannel, PageWorkspace, TrafficSummary } from '../../../control/stream-types.ts'
import type { UserSeed, Violation, VisibleMessage, VisibleView } from '../../../types.ts'

/** The visible state of this person, from the server. Written by stream.ts only. */
export const workspace = signal<PageWorkspace | null>(null)
/** By channel, newest last. */
export const messages = signal<ReadonlyMap<string, readonly VisibleMessage[]>>(new Map())
export const views = signal<readonly VisibleView[]>([])
export const homes = signal<Readonly<Record<string, VisibleView>>>({})
export const traffic = signal<readonly TrafficSummary[]>([])
export const looseViolations = signal<readonly Violation[]>([])
export const connected = signal(false)

export const usersById = computed(() => new Map((workspace.value?.users ?? []).map((u) => [u.id, u])))
export const channels = computed(() => workspace.value?.channels ?? [])
export const apps = computed(() => workspace.value?.apps ?? [])

export function userName(id: string): string {
  const user = usersById.value.get(id)
  return user?.realName || user?.name || id
}

export function channelById(id: string): PageChannel | undefined {
  return channels.value.find((channel) => channel.id === id)
}

export function appByBot(userId: string): PageApp | undefined {
  return apps.value.find(({ botUserId }) => botUserId === userId)
}

/** The other member of a direct conversation. */
export function otherIn(channel: PageChannel, me: string): UserSeed | undefined {
  const id = channel.members.find((member) => member !== me) ?? me
  return usersById.value.get(id)
}

export function channelTitle(channel: PageChannel, me: string): string {
  if (channel.kind !== 'im') return channel.name
  const other = otherIn(channel, me)
  return other?.realName ?? 'Direct message'
}
