import { randomUUID } from 'node:crypto'
import { type Effect, type OutboxEntry, type QueueName, queueOf } from '../../src/domain/effect.ts'
import type { Outbox } from '../../src/domain/ports.ts'

interface Row {
  entry: OutboxEntry
  relayed: boolean
  heldUntil: number
  result: string | null
  error: string | null
}

/** The outbox's contract without a database: for tests of what stands around it. */
export interface MemoryOutbox extends Outbox {
  add(effect: Effect, dueAt: Date): string
  row(id: string): Row
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
  const free = (it: Row, now: Date) => it.result === null && it.heldUntil <= now.getTime()
  const dueFirst = (a: Row, b: Row) => a.entry.dueAt.getTime() - b.entry.dueAt.getTime()
  const overdue = (queue: QueueName | null, before: Date, now: Date) =>
    [...rows.values()]
      .filter((it) => free(it, now) && (queue === null || queueOf(it.entry.effect.kind) === queue))
      .filter((it) => it.entry.dueAt < before)
      .sort(dueFirst)
  return {
    add(effect, dueAt) {
      const id = randomUUID()
      const entry = { id, effect, dueAt, attempts: 0 }
      rows.set(id, { entry, relayed: false, heldUntil: 0, result: null, error: null })
      return id
    },
    row,
    async relay(limit, enqueue) {
      const some = [...rows.values()]
        .filter((it) => !it.relayed && it.result === null)
        .sort(dueFirst)
        .slice(0, limit)
      if (some.length > 0) await enqueue(some.map((it) => it.entry))
      for (const it of some) it.relayed = true
      return some.length
    },
    async take(id, now, seconds) {
      const it = rows.get(id)
      return it && free(it, now) && it.entry.dueAt <= now ? hold(it, now, seconds) : null
    },
    async takeOverdue(queue, dueBefore, now, seconds, limit) {
      return overdue(queue, dueBefore, now)
        .slice(0, limit)
        .map((it) => hold(it, now, seconds))
    },
    async done({ id, attempts }, _now, result) {
      const it = row(id)
      if (it.entry.attempts === attempts) it.result = result
    },
    async retry({ id, attempts }, retryAt, error) {
      const it = row(id)
      if (it.entry.attempts !== attempts) return
      it.entry = { ...it.entry, dueAt: retryAt }
      Object.assign(it, { relayed: false, heldUntil: 0, error })
    },
    async backlog(now) {
      const late = overdue(null, now, now)
      return { overdue: late.length, oldestDueAt: late[0]?.entry.dueAt ?? null }
    },
    async prune() {
      return 0
    },
  }
}
