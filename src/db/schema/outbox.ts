import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, json } from './columns.ts'

export const outbox = pgTable(
  'outbox',
  {
    /** Random, not a counter: a queue may live longer than this database, and must not mistake a new entry for an old one. */
    id: uuid('id').primaryKey().defaultRandom(),
    effect: json('effect').notNull(),
    kind: text('kind').notNull().generatedAlwaysAs(sql`effect ->> 'kind'`),
    /** The runner separates targets by it. Null: the effect works at no target. */
    target: text('target').generatedAlwaysAs(sql`effect ->> 'resourceId'`),
    dueAt: instant('due_at').notNull(),
    /** How many times a worker took it. */
    attempts: integer('attempts').notNull().default(0),
    /** A process is passing it to a queue until then. The value also identifies that process's claim. */
    schedulingUntil: instant('scheduling_until'),
    /** The time at which it went to a queue. Only for entries that are due later. */
    scheduledAt: instant('scheduled_at'),
    /** A worker holds it until then, and renews the hold while it lives. */
    heldUntil: instant('held_until'),
    doneAt: instant('done_at'),
    result: text('result'),
    lastError: text('last_error'),
  },
  (t) => [
    check('outbox_done_has_result', sql`(${t.doneAt} is null) = (${t.result} is null)`),
    index('outbox_to_schedule').on(t.dueAt).where(sql`done_at is null and scheduled_at is null`),
    index('outbox_due').on(t.kind, t.dueAt).where(sql`done_at is null`),
    index('outbox_done').on(t.doneAt).where(sql`done_at is not null`),
  ],
)

export type OutboxRow = typeof outbox.$inferSelect
