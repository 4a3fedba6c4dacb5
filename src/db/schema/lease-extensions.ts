import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { grants } from './grants.ts'
import { requests } from './requests.ts'

/** The outcomes of approved extensions. Append-only: a trigger lets a lease grow only together with such a row. */
export const leaseExtensions = pgTable(
  'lease_extensions',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    grantId: uuid('grant_id')
      .notNull()
      .references(() => grants.id),
    fromEndsAt: instant('from_ends_at').notNull(),
    /** Where it failed: the same as `from_ends_at`. */
    endsAt: instant('ends_at').notNull(),
    at: instant('at').notNull(),
    /** Why the end did not move. Null: it moved. */
    failure: text('failure'),
  },
  (t) => [
    check(
      'lease_extensions_move_or_say_why',
      sql`case when ${t.failure} is null then ${t.endsAt} > ${t.fromEndsAt} else ${t.endsAt} = ${t.fromEndsAt} and btrim(${t.failure}) <> '' end`,
    ),
    index('lease_extensions_by_grant').on(t.grantId),
  ],
)

export type LeaseExtensionRow = typeof leaseExtensions.$inferSelect
