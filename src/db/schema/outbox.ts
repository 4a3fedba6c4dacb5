import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { type QueueName, queueNames } from '../../domain/effect.ts'
import { instant, isOneOf, json } from './columns.ts'

export const outbox = pgTable(
  'outbox',
  {
    /** Random, not counted: a queue that outlives this database must not take a new entry for an old one. */
    id: uuid('id').primaryKey().defaultRandom(),
    queue: text('queue').$type<QueueName>().notNull(),
    effect: json('effect').notNull(),
    dueAt: instant('due_at').notNull(),
    /** How often it was taken. */
    attempts: integer('attempts').notNull().default(0),
    /** A relay has it in hand until then; also that relay's claim check. */
    relayingUntil: instant('relaying_until'),
    /** A queue knows of it since then. */
    relayedAt: instant('relayed_at'),
    /** Somebody works on it until then. */
    heldUntil: instant('held_until'),
    doneAt: instant('done_at'),
    result: text('result'),
    lastError: text('last_error'),
  },
  (t) => [
    check('outbox_queue_known', isOneOf(t.queue, queueNames)),
    check('outbox_done_has_result', sql`(${t.doneAt} is null) = (${t.result} is null)`),
    index('outbox_to_relay').on(t.dueAt).where(sql`done_at is null and relayed_at is null`),
    index('outbox_due').on(t.queue, t.dueAt).where(sql`done_at is null`),
    index('outbox_done').on(t.doneAt).where(sql`done_at is not null`),
  ],
)

export type OutboxRow = typeof outbox.$inferSelect
