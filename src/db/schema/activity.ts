import { sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { grants } from './grants.ts'

/** What is known of the use of each lease. It grows until the end of the lease, and then only what was seen may be removed. */
export const leaseActivity = pgTable(
  'lease_activity',
  {
    grantId: uuid('grant_id')
      .primaryKey()
      .references(() => grants.id),
    lookedAt: instant('looked_at').notNull(),
    /** The end of the lease, after which nothing is added. */
    closedAt: instant('closed_at'),
    /** Null: no look has succeeded, so nobody knows. */
    isUsed: boolean('is_used'),
    /** The target counts, so that a lease without a use was never used. */
    isCounted: boolean('is_counted').notNull(),
    lastUsedAt: instant('last_used_at'),
    /** Canonical JSON: text, because its hash is in the audit log. Null: its time is over, or it was erased. */
    seen: text('seen'),
    /** The salt of that hash. Null: the lease has not ended, or `seen` was removed. */
    salt: text('salt'),
  },
  (t) => [
    check(
      'lease_activity_sealed_at_the_end',
      sql`(${t.salt} is not null) = (${t.closedAt} is not null and ${t.seen} is not null)`,
    ),
    check('lease_activity_open_is_seen', sql`${t.seen} is not null or ${t.closedAt} is not null`),
    index('lease_activity_to_remove').on(t.closedAt).where(sql`seen is not null and closed_at is not null`),
    index('lease_activity_never_used').on(t.closedAt).where(sql`not is_used`),
  ],
)

export type LeaseActivityRow = typeof leaseActivity.$inferSelect
