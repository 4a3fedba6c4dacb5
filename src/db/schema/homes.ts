import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { instant } from './columns.ts'

/** The Home tabs that somebody has opened. They are published anew while somebody may be looking at them. */
export const homes = pgTable(
  'homes',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => accounts.id),
    /** The time at which the person opened the tab last. */
    openedAt: instant('opened_at').notNull(),
    /** The time since which the tab may be out of date. Null: it is up to date. */
    staleAt: instant('stale_at'),
    /** A process publishes it until then. */
    heldUntil: instant('held_until'),
    /** The resources that it shows besides this person's own requests. Null: all. */
    resourceIds: text('resource_ids').array().default(sql`'{}'::text[]`),
    /** The hash of the published content, so that the same content is not published again. Null: never published. */
    contentHash: text('content_hash'),
  },
  (t) => [
    check('homes_hash_not_empty', sql`${t.contentHash} <> ''`),
    index('homes_opened').on(t.openedAt),
    index('homes_stale').on(t.staleAt).where(sql`stale_at is not null`),
  ],
)
