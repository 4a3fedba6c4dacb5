import { sql } from 'drizzle-orm'
import { bigint, check, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** How far each stream of the record is, by its id in the catalog. One process at a time sends for a stream: it holds the row. */
export const auditStreams = pgTable(
  'audit_streams',
  {
    id: text('id').primaryKey(),
    /** The next position to send. All before it were acknowledged. */
    position: bigint('position', { mode: 'number' }).notNull(),
    holder: uuid('holder'),
    heldUntil: instant('held_until'),
    deliveredAt: instant('delivered_at'),
    /** Failed attempts since the last one that worked. */
    failures: integer('failures').notNull().default(0),
    failingSince: instant('failing_since'),
    problem: text('problem'),
    retryAt: instant('retry_at'),
    /** When security was told that it fails. Null: it was not, or the stream works again. */
    toldAt: instant('told_at'),
  },
  (t) => [
    check('audit_streams_position_not_negative', sql`${t.position} >= 0`),
    check('audit_streams_failing_say_why', sql`(${t.failures} > 0) = (${t.problem} is not null)`),
  ],
)
