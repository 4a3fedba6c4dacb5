import { and, eq, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { StreamStanding } from '../../domain/record/stream.ts'
import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Database } from '../database.ts'
import type { Session } from '../in-transaction.ts'
import { auditStreams } from '../schema/streams.ts'

export function streamsIn({ db }: Session): Transaction['streams'] {
  const held = (id: string, holder: string) => and(eq(auditStreams.id, id), eq(auditStreams.holder, holder))
  return {
    begin: async (id, position) => {
      const rows = await db
        .insert(auditStreams)
        .values({ id, position })
        .onConflictDoNothing()
        .returning({ id: auditStreams.id })
      return rows.length > 0
    },
    claim: async (id, { holder, now, until }) => {
      const [row] = await db
        .update(auditStreams)
        .set({ holder, heldUntil: until })
        .where(
          and(
            eq(auditStreams.id, id),
            or(isNull(auditStreams.heldUntil), lte(auditStreams.heldUntil, now)),
            or(isNull(auditStreams.retryAt), lte(auditStreams.retryAt, now)),
          ),
        )
        .returning({ position: auditStreams.position, failures: auditStreams.failures })
      return row ?? null
    },
    advance: async (id, { holder, position, now, until }) => {
      const rows = await db
        .update(auditStreams)
        .set({
          ...{ position, deliveredAt: now, heldUntil: until },
          ...{ failures: 0, failingSince: null, problem: null, retryAt: null },
        })
        .where(held(id, holder))
        .returning({ id: auditStreams.id })
      return rows.length > 0
    },
    fail: async (id, { holder, problem, now, retryAt }) => {
      const [row] = await db
        .update(auditStreams)
        .set({
          ...{ failures: sql`${auditStreams.failures} + 1`, problem, retryAt, heldUntil: null },
          failingSince: sql`coalesce(${auditStreams.failingSince}, ${now.toISOString()}::timestamptz)`,
        })
        .where(held(id, holder))
        .returning({ failingSince: auditStreams.failingSince, toldAt: auditStreams.toldAt })
      return row ? { failingSince: row.failingSince ?? now, toldAt: row.toldAt } : null
    },
    release: async (id, holder) => {
      await db.update(auditStreams).set({ heldUntil: null }).where(held(id, holder)).returning()
    },
    told: async (id, at) => {
      await db.update(auditStreams).set({ toldAt: at }).where(eq(auditStreams.id, id)).returning()
    },
    untell: async (id) => {
      const rows = await db
        .update(auditStreams)
        .set({ toldAt: null })
        .where(and(eq(auditStreams.id, id), isNotNull(auditStreams.toldAt)))
        .returning({ id: auditStreams.id })
      return rows.length > 0
    },
  }
}

type StandingRow = Omit<StreamStanding, 'position' | 'backlog'> & {
  readonly position: string
  readonly backlog: string
}

export function streamStandingsOn({ sql }: Database): Store['streams'] {
  return async (ids) => {
    const rows = await sql<StandingRow[]>`
      select s.id, s.position, r.size - s.position as backlog, s.delivered_at, s.failing_since, s.problem,
        (select e.at from record_leaves l join audit_events e on e.id = l.event_id
          where l.position >= s.position order by l.position limit 1) as oldest_at
      from audit_streams s, record_state r where s.id = any(${[...ids]}) order by s.id`
    return rows.map((row) => ({ ...row, position: Number(row.position), backlog: Number(row.backlog) }))
  }
}
