import type { OutboxEntry } from '../domain/effect.ts'
import type { RunnableEffect } from '../usecases/effects.ts'

export interface EntryGroup {
  readonly effect: RunnableEffect
  /** Null: the effect works at no target, and is a group of one. */
  readonly target: string | null
  readonly entries: readonly OutboxEntry[]
}

/**
 * Groups entries of one kind and target; an entry without a target is a group of one. Entries with fewer attempts come
 * first, so that a target is not probed with an effect that hangs each time.
 */
export function groupEntries(
  entries: readonly OutboxEntry[],
  effects: ReadonlyMap<string, RunnableEffect>,
): EntryGroup[] {
  const groups = new Map<string, { effect: RunnableEffect; target: string | null; entries: OutboxEntry[] }>()
  for (const entry of entries.toSorted((a, b) => a.attempts - b.attempts)) {
    const effect = effects.get(entry.effect.kind)
    if (!effect) continue
    const key = entry.target === null ? entry.id : `${effect.kind} ${entry.target}`
    const group = groups.get(key)
    if (group) group.entries.push(entry)
    else groups.set(key, { effect, target: entry.target, entries: [entry] })
  }
  return [...groups.values()]
}
