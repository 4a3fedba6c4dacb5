import type { OutboxEntry } from '../domain/effect.ts'
import type { RunnableEffect } from '../usecases/effects.ts'

export interface EntryGroup {
  readonly effect: RunnableEffect
  /** Null: it works at no target, and stands alone. */
  readonly target: string | null
  readonly entries: readonly OutboxEntry[]
}

/**
 * Entries of one kind and target together; each of those without a target alone. The least tried come first, so that one
 * that hangs again and again is not what a target is probed with.
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
