import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, pgTable, text } from 'drizzle-orm/pg-core'
import type { AuditAction } from '../../domain/audit-event.ts'
import type { SaidField } from '../../domain/record/said-text.ts'
import { instant } from './columns.ts'

// An imported log: its hashes and checkpoints are in the tables of the record, and its events here. The people and requests of its events
// are not in this database. Append-only.

/** One row where this database holds an imported log. Then nothing else is written: triggers refuse every audit event. */
export const recordArchive = pgTable(
  'record_archive',
  {
    isOnly: boolean('is_only').primaryKey().default(true),
    importedAt: instant('imported_at').notNull(),
    /** Whether the texts came with it. */
    hasTexts: boolean('has_texts').notNull(),
  },
  (t) => [check('record_archive_is_one_row', sql`${t.isOnly}`)],
)

/** An event of an imported log. Retention may have removed others: their hashes are there. */
export const archivedEvents = pgTable(
  'archived_events',
  {
    position: bigint('position', { mode: 'number' }).primaryKey(),
    action: text('action').$type<AuditAction>().notNull(),
    requestId: text('request_id'),
    /** Such as `AR-1042`. */
    reference: text('reference'),
    /** JSON, as it was exported. */
    event: text('event').notNull(),
  },
  (t) => [
    index('archived_events_by_request').on(t.requestId).where(sql`request_id is not null`),
    index('archived_events_by_reference').on(t.reference).where(sql`reference is not null`),
    index('archived_events_key_changes')
      .on(t.position)
      .where(sql`action in ('record.began', 'record.key_changed')`),
  ],
)

/** A text of an imported log. */
export const archivedTexts = pgTable(
  'archived_texts',
  {
    commitment: text('commitment').primaryKey(),
    field: text('field').$type<SaidField>().notNull(),
    /** Of the event that commits to it. Null: the event is gone. */
    position: bigint('position', { mode: 'number' }),
    /** Null: erased. */
    salt: text('salt'),
    text: text('text'),
  },
  (t) => [
    check('archived_texts_erased_whole', sql`(${t.salt} is null) = (${t.text} is null)`),
    index('archived_texts_by_position').on(t.position),
  ],
)
