import { sql } from 'drizzle-orm'
import { check, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type HoldScope, holdScopeKinds } from '../../domain/record/legal-hold.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf } from './columns.ts'
import { requests } from './requests.ts'

/** While a row is not lifted, triggers and functions keep what it covers. Two people lift one; triggers hold it. */
export const legalHolds = pgTable(
  'legal_holds',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** People read it as `LH-<number>`. */
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    scope: text('scope').$type<HoldScope['kind']>().notNull(),
    /** An account of the person. The scope is the person beneath it. */
    accountId: uuid('account_id').references(() => accounts.id),
    resourceId: text('resource_id'),
    requestId: uuid('request_id').references(() => requests.id),
    reason: text('reason').notNull(),
    /** Null: no limit. */
    fromAt: instant('from_at'),
    toAt: instant('to_at'),
    placedAt: instant('placed_at').notNull(),
    placedById: uuid('placed_by_id')
      .notNull()
      .references(() => accounts.id),
    liftAskedAt: instant('lift_asked_at'),
    liftAskedById: uuid('lift_asked_by_id').references(() => accounts.id),
    liftedAt: instant('lifted_at'),
    liftedById: uuid('lifted_by_id').references(() => accounts.id),
  },
  (t) => [
    unique('legal_holds_one_per_number').on(t.number),
    check('legal_holds_scope_known', isOneOf(t.scope, holdScopeKinds)),
    check(
      'legal_holds_name_their_scope',
      sql`(${t.scope} = 'person') = (${t.accountId} is not null) and (${t.scope} = 'resource') = (${t.resourceId} is not null)
        and (${t.scope} = 'request') = (${t.requestId} is not null)`,
    ),
    check('legal_holds_say_why', sql`btrim(${t.reason}) <> ''`),
    check('legal_holds_end_after_they_begin', sql`${t.toAt} > ${t.fromAt}`),
    check('legal_holds_lift_asked_say_who', sql`(${t.liftAskedAt} is null) = (${t.liftAskedById} is null)`),
    check(
      'legal_holds_lifted_say_who',
      sql`(${t.liftedAt} is null) = (${t.liftedById} is null) and (${t.liftedAt} is null or ${t.liftAskedAt} is not null)`,
    ),
  ],
)

export type LegalHoldRow = typeof legalHolds.$inferSelect
