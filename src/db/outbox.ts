import type { OutboxEntry } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Database } from './database.ts'
import { toOutboxEntry } from './mapping/outbox-entry.ts'
import type { OutboxRow } from './schema/outbox.ts'

/** Length of a claim on entries that go to a queue. If the process dies, others can take them after it. The sweep does not wait. */
const schedulingSeconds = 30
/** The number of due entries that a fair selection among targets considers. */
const candidates = 1_000

/**
 * The outbox on Postgres. Every method is one or two statements without a transaction around them. They are SQL by hand, because
 * drizzle cannot take a set of rows with `skip locked` and update it in one statement.
 */
export function createOutbox(database: Database): Outbox {
  return { ...scheduling(database), ...working(database), ...keeping(database) }
}

// Entries are claimed for a time and not locked, because `enqueue` may hang and the runner must still take due entries.
function scheduling({ sql }: Database): Pick<Outbox, 'schedule'> {
  return {
    schedule: async (now, limit, enqueue) => {
      const claimed = await sql<OutboxRow[]>`
        update outbox set scheduling_until = now() + make_interval(secs => ${schedulingSeconds})
        where id in (
          select id from outbox
          where done_at is null and scheduled_at is null and due_at > ${now}
            and (scheduling_until is null or scheduling_until <= now())
          order by due_at
          limit ${limit}::integer
          for update skip locked)
        returning *`
      const [first] = claimed
      if (!first) return 0
      const ids = claimed.map((row) => row.id)
      // An entry that was retried since does not have this claim any more, and must go to a queue again.
      const claim = first.schedulingUntil
      try {
        await enqueue(byDueTime(claimed))
      } catch (error) {
        await sql`
          update outbox set scheduling_until = null where id = any(${ids}::uuid[]) and scheduling_until = ${claim}`
        throw error
      }
      await sql`
        update outbox set scheduled_at = now(), scheduling_until = null
        where id = any(${ids}::uuid[]) and scheduling_until = ${claim}`
      return claimed.length
    },
  }
}

function working({ sql }: Database): Pick<Outbox, 'takeDue' | 'renew' | 'done' | 'retry'> {
  // A hold does not wait for the disk, which an approval would wait for on its way to the target. If the server of Postgres dies in
  // this moment, the entries are free, as after the end of a hold.
  const withoutWaiting = () => sql`(select set_config('synchronous_commit', 'off', true)) = 'off'`
  return {
    takeDue: async (order) => {
      const { now, holdSeconds, limit, perTarget } = order
      const free = () =>
        sql`done_at is null and due_at <= ${now} and (held_until is null or held_until <= ${now})`
      const due = () => sql`
        select id, kind, target, due_at from outbox
        where ${free()} and kind = any(${[...order.kinds]}::text[])
          and (target is null or target <> all(${[...order.except]}::text[]))
        order by due_at`
      const wanted =
        perTarget === null
          ? sql`select id from (${due()} limit ${limit}::integer) due`
          : sql`
            select id from (
              select id, due_at, row_number() over (partition by kind, target order by due_at) as place
              from (${due()} limit ${candidates}::integer) due) ranked
            where place <= ${perTarget}::integer
            order by due_at
            limit ${limit}::integer`
      const rows = await sql<OutboxRow[]>`
        update outbox set held_until = ${heldUntil(now, holdSeconds)}, attempts = attempts + 1
        where id in (select id from outbox where id in (${wanted}) and ${free()} for update skip locked)
          and ${withoutWaiting()}
        returning *`
      return byDueTime(rows)
    },
    renew: async (taken, now, holdSeconds) => {
      const ids = taken.map(({ id }) => id)
      const attempts = taken.map((entry) => entry.attempts)
      await sql`
        update outbox set held_until = ${heldUntil(now, holdSeconds)}
        from unnest(${ids}::uuid[], ${attempts}::integer[]) as taken (id, attempts)
        where outbox.id = taken.id and outbox.attempts = taken.attempts and done_at is null
          and held_until is not null and ${withoutWaiting()}`
    },
    done: async (taken, now) => {
      const ids = taken.map(({ id }) => id)
      const attempts = taken.map((entry) => entry.attempts)
      const results = taken.map(({ result }) => result)
      await sql`
        update outbox set done_at = ${now}, result = taken.result, held_until = null
        from unnest(${ids}::uuid[], ${attempts}::integer[], ${results}::text[]) as taken (id, attempts, result)
        where outbox.id = taken.id and outbox.attempts = taken.attempts and done_at is null`
    },
    retry: async ({ id, attempts }, retryAt, error) => {
      await sql`
        update outbox set due_at = ${retryAt}, last_error = ${error}, held_until = null, scheduled_at = null,
          scheduling_until = null
        where id = ${id} and attempts = ${attempts} and done_at is null`
    },
  }
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
      const [entries, handled, unused] = await Promise.all([
        sql`delete from outbox where done_at < ${before}`,
        sql`delete from interactions where handled_at < ${before}`,
        sql`delete from step_ups where used_at is null and expires_at < ${before}`,
      ])
      return entries.count + handled.count + unused.count
    },
  }
}

function byDueTime(rows: readonly OutboxRow[]): OutboxEntry[] {
  return rows.map(toOutboxEntry).toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
}

function heldUntil(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000)
}
