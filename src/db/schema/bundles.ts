import { index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { requests } from './requests.ts'

/** A bundle that somebody asked for. Its parts are requests like all others. */
export const askedBundles = pgTable(
  'asked_bundles',
  {
    id: uuid('id').primaryKey(),
    submissionKey: text('submission_key').notNull(),
    requesterId: uuid('requester_id')
      .notNull()
      .references(() => accounts.id),
    /** Its id and its name in the catalog at that time. */
    catalogId: text('catalog_id').notNull(),
    name: text('name').notNull(),
  },
  (t) => [unique('asked_bundles_one_per_submission').on(t.submissionKey)],
)

export const bundledRequests = pgTable(
  'bundled_requests',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    bundleId: uuid('bundle_id')
      .notNull()
      .references(() => askedBundles.id),
    /** The request whose card shows this one. */
    cardId: uuid('card_id')
      .notNull()
      .references(() => requests.id),
  },
  (t) => [index('bundled_requests_by_bundle').on(t.bundleId)],
)
