import type { OutboxEntry } from '../domain/effect.ts'
import type { Outbox } from '../domain/ports.ts'
import type { Database } from './database.ts'
import { ImpossibleRow } from './mapping/impossible-row.ts'
import { toOutboxEntry } from './mapping/outbox-entry.ts'
import type { OutboxRow } from './schema/outbox.ts'
import { isUuid } from './text.ts'

/** How long a relay that died may keep entries from other relays. The sweep does not wait for it. */
const relaySeconds = 30

/** The outbox on Postgres. Every method is one statement, or two, without a transaction around them. */
export function createOutbox(database: Database): Outbox {
  return { ...relaying(database), ...working(database), ...keeping(database) }
}

// Claimed for a while rather than locked while `enqueue` runs: a queue that hangs must not keep the sweep from what is due.
function relaying({ sql }: Database): Pick<Outbox, 'relay'> {
  return {
    relay: async (limit, enqueue) => {
      const claimed = await sql<OutboxRow[]>`
        update outbox set relaying_until = now() + make_interval(secs => ${relaySeconds})
        where id in (
          select id from outbox
          where done_at is null and relayed_at is null and (relaying_until is null or relaying_until <= now())
          order by due_at
          limit ${limit}::integer
          for update skip locked)
        returning *`
      const [first] = claimed
      if (!first) return 0
      const ids = claimed.map((row) => row.id)
      // An entry that somebody has retried since is another delivery: it does not bear this claim any more.
      const claim = first.relayingUntil
      try {
        const byDueTime = claimed.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
        const { entries } = readable(byDueTime)
        if (entries.length > 0) await enqueue(entries)
      } catch (error) {
        await sql`
          update outbox set relaying_until = null where id = any(${ids}::uuid[]) and relaying_until = ${claim}`
        throw error
      }
      await sql`
        update outbox set relayed_at = now(), relaying_until = null
        where id = any(${ids}::uuid[]) and relaying_until = ${claim}`
      return claimed.length
    },
  }
}

function working({ sql }: Database): Pick<Outbox, 'take' | 'takeOverdue' | 'done' | 'retry'> {
  return {
    take: async (id, now, holdSeconds) => {
      if (!isUuid(id)) return null
      const [row] = await sql<OutboxRow[]>`
        update outbox set held_until = ${heldUntil(now, holdSeconds)}, attempts = attempts + 1
        where id = ${id} and done_at is null and due_at <= ${now} and (held_until is null or held_until <= ${now})
        returning *`
      return row ? toOutboxEntry(row) : null
    },
    takeOverdue: async (queue, dueBefore, now, holdSeconds, limit) => {
      const rows = await sql<OutboxRow[]>`
        update outbox set held_until = ${heldUntil(now, holdSeconds)}, attempts = attempts + 1
        where id in (
          select id from outbox
          where done_at is null and queue = ${queue} and due_at <= least(${dueBefore}::timestamptz, ${now}::timestamptz)
            and (held_until is null or held_until <= ${now})
          order by due_at
          limit ${limit}::integer
          for update skip locked)
        returning *`
      const { entries, unreadable } = readable(rows.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime()))
      for (const { id, problem } of unreadable) {
        await sql`update outbox set last_error = ${problem} where id = ${id} and done_at is null`
      }
      return entries
    },
    done: async ({ id, attempts }, now, result) => {
      await sql`
        update outbox set done_at = ${now}, result = ${result}, held_until = null
        where id = ${id} and attempts = ${attempts} and done_at is null`
    },
    retry: async ({ id, attempts }, retryAt, error) => {
      await sql`
        update outbox set due_at = ${retryAt}, last_error = ${error}, held_until = null, relayed_at = null,
          relaying_until = null
        where id = ${id} and attempts = ${attempts} and done_at is null`
    },
  }
}

/**
 * What a later version left, or a hand, must not keep the rest from being done. It stays as it is, held and overdue by
 * turns, for a version that can read it.
 */
function readable(rows: readonly OutboxRow[]) {
  const entries: OutboxEntry[] = []
  const unreadable: { id: string; problem: string }[] = []
  for (const row of rows) {
    try {
      entries.push(toOutboxEntry(row))
    } catch (error) {
      if (!(error instanceof ImpossibleRow)) throw error
      unreadable.push({ id: row.id, problem: error.message })
    }
  }
  return { entries, unreadable }
}

function keeping({ sql }: Database): Pick<Outbox, 'backlog' | 'prune'> {
  return {
    backlog: async (now) => {
      const [row] = await sql<{ overdue: number; oldestDueAt: Date | null }[]>`
        select count(*)::integer as overdue, min(due_at) as oldest_due_at
        from outbox where done_at is null and due_at <= ${now}`
      return row ?? { overdue: 0, oldestDueAt: null }
    },
    prune: async (before) => {
      const [entries, handled] = await Promise.all([
        sql`delete from outbox where done_at < ${before}`,
        sql`delete from interactions where handled_at < ${before}`,
      ])
      return entries.count + handled.count
    },
  }
}

function heldUntil(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000)
}
