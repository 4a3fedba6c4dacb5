import { batch } from '@preact/signals'
import type { TrafficSummary, VisibleChange } from '../../../control/stream-types.ts'
import type { VisibleMessage } from '../../../types.ts'
import { homes, looseViolations, messages, traffic, views, workspace } from './store.ts'

/** Applies a change from the server. Unchanged items keep their identity, so that they are not drawn again. */
export function applyChange(change: VisibleChange): void {
  batch(() => {
    if (change.reset) {
      messages.value = new Map()
      traffic.value = []
    }
    if (change.workspace) workspace.value = change.workspace
    if (change.views) views.value = keepSame(views.value, change.views)
    if (change.homes) homes.value = change.homes
    if (change.violations) looseViolations.value = change.violations
    if (change.messages) messages.value = mergeMessages(messages.value, change.messages)
    if (change.traffic) traffic.value = mergeTraffic(traffic.value, change.traffic)
  })
}

function keepSame<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now
}

function mergeMessages(
  before: ReadonlyMap<string, readonly VisibleMessage[]>,
  { changed, gone }: NonNullable<VisibleChange['messages']>,
): Map<string, readonly VisibleMessage[]> {
  const after = new Map(before)
  for (const id of new Set([...changed, ...gone].map(({ channel }) => channel))) {
    const byTs = new Map((before.get(id) ?? []).map((message) => [message.ts, message]))
    for (const message of changed) if (message.channel === id) byTs.set(message.ts, message)
    for (const { channel, ts } of gone) if (channel === id) byTs.delete(ts)
    after.set(
      id,
      [...byTs.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1)),
    )
  }
  return after
}

function mergeTraffic(
  before: readonly TrafficSummary[],
  { changed, gone }: NonNullable<VisibleChange['traffic']>,
): TrafficSummary[] {
  const byId = new Map(before.map((entry) => [entry.id, entry]))
  for (const entry of changed) byId.set(entry.id, entry)
  for (const id of gone) byId.delete(id)
  return [...byId.values()].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))
}
