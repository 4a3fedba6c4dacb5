import { sql } from 'drizzle-orm'
import { check, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { persons } from './accounts.ts'
import { instant } from './columns.ts'

/** What people want to see first. Not in the audit log: it gives nothing and decides nothing. */
export const favourites = pgTable(
  'favourites',
  {
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    resourceId: text('resource_id').notNull(),
    entitlementId: text('entitlement_id').notNull(),
    addedAt: instant('added_at').notNull(),
  },
  (t) => [
    primaryKey({ name: 'favourites_once', columns: [t.personId, t.resourceId, t.entitlementId] }),
    check('favourites_name_something', sql`${t.resourceId} <> '' and ${t.entitlementId} <> ''`),
  ],
)
