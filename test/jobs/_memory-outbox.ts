import { randomUUID } from 'node:crypto'
import type { Effect, OutboxEntry, StoredEffect } from '../../src/domain/effect.ts'
import type { Outbox } from '../../src/domain/outbox.ts'

interface Row {
  entry: OutboxEntry
  scheduled: boolean
  heldUntil: number
  result: string | null
  error: string | null
}

/** The outbox's contract without a database: for tests of what stands around it. */
export interface MemoryOutbox extends Outbox {
  add(effect: Effect, dueAt: Date): string
  row(id: string): Row
  /** The entry of this very effect. */
  entryOf(effect: StoredEffect): OutboxEntry
}

export function memoryOutbox(): MemoryOutbox {
  const rows = new Map<string, Row>()
  const row = (id: string) => {
    const found = rows.get(id)
    if (!found) throw new Error(`no entry ${id}`)
    return found
  }
  const hold = (it: Row, now: Date, seconds: number) => {
    it.heldUntil = now.getTime() + seconds * 1000
    it.entry = { ...it.entry, attempts: it.entry.attempts + 1 }
    return it.entry
  }
  const dueFirst = (a: Row, b: Row) => a.entry.dueAt.getTime() - b.entry.dueAt.getTime()
  const due = (now: Date) =>
    [...rows.values()]
      .filter((it) => it.result === null && it.heldUntil <= now.getTime() && it.entry.dueAt <= now)
      .sort(dueFirst)
  return {
    add(effect, dueAt) {
      const id = randomUUID()
      const target = 'resourceId' in effect ? effect.resourceId : null
      const entry = { id, effect, target, dueAt, attempts: 0 }
      rows.set(id, { entry, scheduled: false, heldUntil: 0, result: null, error: null })
      return id
    },
    row,
    entryOf(effect) {
      const found = [...rows.values()].find((it) => it.entry.effect === effect)
      if (!found) throw new Error('no entry of this effect')
      return found.entry
    },
    async schedule(now, limit, enqueue) {
      const some = [...rows.values()]
        .filter((it) => !it.scheduled && it.result === null && it.entry.dueAt > now)
        .sort(dueFirst)
        .slice(0, limit)
      if (some.length > 0) await enqueue(some.map((it) => it.entry))
      for (const it of some) it.scheduled = true
      return some.length
    },
    async takeDue({ kinds, now, holdSeconds, limit, perTarget, except }) {
      const counts = new Map<string, number>()
      return due(now)
        .filter(({ entry: { effect, target } }) => {
          if (!kinds.includes(effect.kind) || (target !== null && except.includes(target))) return false
          const count = (counts.get(target ?? '') ?? 0) + 1
          counts.set(target ?? '', count)
          return target === null || perTarget === null || count <= perTarget
        })
        .slice(0, limit)
        .map((it) => hold(it, now, holdSeconds))
    },
    async renew(taken, now, seconds) {
      for (const { id, attempts } of taken) {
        const it = row(id)
        if (it.entry.attempts === attempts) it.heldUntil = now.getTime() + seconds * 1000
      }
    },
    async done(taken) {
      for (const { id, attempts, result } of taken) {
        const it = row(id)
        if (it.entry.attempts === attempts) it.result = result
      }
    },
    async retry({ id, attempts }, retryAt, error) {
      const it = row(id)
      if (it.entry.attempts !== attempts) return
      it.entry = { ...it.entry, dueAt: retryAt }
      Object.assign(it, { scheduled: false, heldUntil: 0, error })
    },
    async backlog(now) {
      const late = due(now)
      return { overdue: late.length, oldestDueAt: late[0]?.entry.dueAt ?? null }
    },
    async prune() {
      return 0
    },
  }
}
