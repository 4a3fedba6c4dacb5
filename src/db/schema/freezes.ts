import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { type Scope, scopeKinds } from '../../domain/freeze.ts'
import { type PanicMessage, panicMessages } from '../../domain/panic.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf } from './columns.ts'
import { grants } from './grants.ts'
import { requests } from './requests.ts'

function scopeColumns() {
  return {
    scope: text('scope').$type<Scope['kind']>().notNull(),
    /** An account of the person. The scope is the person beneath it. */
    accountId: uuid('account_id').references(() => accounts.id),
    resourceId: text('resource_id'),
  }
}

/** While a row is open, triggers refuse every new grant in its scope, every activation and every extension. */
export const freezes = pgTable(
  'freezes',
  {
    id: uuid('id').primaryKey(),
    ...scopeColumns(),
    reason: text('reason').notNull(),
    madeById: uuid('made_by_id')
      .notNull()
      .references(() => accounts.id),
    madeAt: instant('made_at').notNull(),
    /** Null: until it is lifted. */
    endsAt: instant('ends_at'),
    closedAt: instant('closed_at'),
    /** Null where `closed_at` is set: its time was over. */
    liftedById: uuid('lifted_by_id').references(() => accounts.id),
  },
  (t) => [
    check('freezes_scope_known', isOneOf(t.scope, scopeKinds)),
    check(
      'freezes_name_their_scope',
      sql`(${t.scope} = 'person') = (${t.accountId} is not null) and (${t.scope} = 'resource') = (${t.resourceId} is not null)`,
    ),
    check('freezes_say_why', sql`btrim(${t.reason}) <> ''`),
    check('freezes_end_later', sql`${t.endsAt} > ${t.madeAt}`),
    check('freezes_lifted_say_when', sql`${t.liftedById} is null or ${t.closedAt} is not null`),
    check(
      'freezes_end_in_time_or_are_lifted',
      sql`${t.closedAt} is null or ${t.liftedById} is not null or (${t.endsAt} is not null and ${t.closedAt} >= ${t.endsAt})`,
    ),
    uniqueIndex('freezes_one_open_per_scope')
      .on(t.scope, sql`coalesce(${t.resourceId}, ${t.accountId}::text, '')`)
      .where(sql`closed_at is null`),
  ],
)

/** All access of a scope, taken back at once. */
export const panics = pgTable(
  'panics',
  {
    id: uuid('id').primaryKey(),
    ...scopeColumns(),
    reason: text('reason').notNull(),
    byId: uuid('by_id')
      .notNull()
      .references(() => accounts.id),
    at: instant('at').notNull(),
    leases: integer('leases').notNull(),
    holders: integer('holders').notNull(),
    resources: integer('resources').notNull(),
    pending: integer('pending').notNull(),
    freezeId: uuid('freeze_id').references(() => freezes.id),
    orderedAt: instant('ordered_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    check('panics_scope_known', isOneOf(t.scope, scopeKinds)),
    check(
      'panics_name_their_scope',
      sql`(${t.scope} = 'person') = (${t.accountId} is not null) and (${t.scope} = 'resource') = (${t.resourceId} is not null)`,
    ),
    check('panics_say_why', sql`btrim(${t.reason}) <> ''`),
    check('panics_finish_when_ordered', sql`${t.finishedAt} is null or ${t.orderedAt} is not null`),
  ],
)

/** The live grants that a panic takes back. */
export const panicGrants = pgTable(
  'panic_grants',
  {
    panicId: uuid('panic_id')
      .notNull()
      .references(() => panics.id),
    grantId: uuid('grant_id')
      .notNull()
      .references(() => grants.id),
    /** Whether its revocation was ordered. */
    isOrdered: boolean('is_ordered').notNull().default(false),
  },
  (t) => [
    primaryKey({ name: 'panic_grants_once', columns: [t.panicId, t.grantId] }),
    index('panic_grants_by_grant').on(t.grantId),
  ],
)

/** The pending requests that a panic closed. */
export const panicRequests = pgTable(
  'panic_requests',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    panicId: uuid('panic_id')
      .notNull()
      .references(() => panics.id),
  },
  (t) => [index('panic_requests_by_panic').on(t.panicId)],
)

/** The messages about a panic. A row without a `ts` is being posted, or its answer was lost. */
export const panicPosts = pgTable(
  'panic_posts',
  {
    panicId: uuid('panic_id')
      .notNull()
      .references(() => panics.id),
    message: text('message').$type<PanicMessage>().notNull(),
    channelId: text('channel_id').notNull(),
    ts: text('ts'),
    /** SHA-256 of the content. */
    contentHash: text('content_hash'),
  },
  (t) => [
    primaryKey({ name: 'panic_posts_one_of_each', columns: [t.panicId, t.message] }),
    check('panic_posts_message_known', isOneOf(t.message, panicMessages)),
  ],
)

export type FreezeRow = typeof freezes.$inferSelect
export type PanicRow = typeof panics.$inferSelect
