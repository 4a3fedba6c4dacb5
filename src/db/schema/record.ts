import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type SaidField, saidFields } from '../../domain/record/said-text.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf } from './columns.ts'
import { requests } from './requests.ts'

const position = (name: string) => bigint(name, { mode: 'number' })

/** The record's place of each event, without gaps. Append-only. */
export const recordLeaves = pgTable(
  'record_leaves',
  {
    position: position('position').primaryKey(),
    /** Of an event, or of one that retention removed. */
    eventId: position('event_id').notNull().unique('record_leaves_one_per_event'),
    /** In hex. */
    hash: text('hash').notNull(),
  },
  (t) => [
    check('record_leaves_position_not_negative', sql`${t.position} >= 0`),
    check('record_leaves_hash_is_one', sql`${t.hash} ~ '^[0-9a-f]{64}$'`),
  ],
)

/** The hashes of complete subtrees of 256, 65536, ... leaves, so that a proof reads few rows. Append-only. */
export const recordNodes = pgTable(
  'record_nodes',
  {
    level: integer('level').notNull(),
    index: position('index').notNull(),
    hash: text('hash').notNull(),
  },
  (t) => [primaryKey({ name: 'record_nodes_once', columns: [t.level, t.index] })],
)

/** Signed checkpoints, by the size of the tree. Append-only. */
export const recordCheckpoints = pgTable('record_checkpoints', {
  size: position('size').primaryKey(),
  note: text('note').notNull(),
  signedAt: instant('signed_at').notNull(),
})

/** One row: how far the record is. Everything in it can be found again from the leaves. */
export const recordState = pgTable(
  'record_state',
  {
    isOnly: boolean('is_only').primaryKey().default(true),
    /** The name of the log in its checkpoints. */
    origin: text('origin').notNull(),
    /** Events up to this one were written before the record began. */
    beganAfterId: position('began_after_id').notNull(),
    size: position('size').notNull().default(0),
    /** The hashes of the tree's right edge, in hex, the largest subtree first. */
    edge: text('edge').array().notNull().default(sql`'{}'::text[]`),
    /** The greatest id that has a position. */
    seenId: position('seen_id').notNull().default(0),
    /** All events up to this id have a position, or were never committed. */
    settledId: position('settled_id').notNull().default(0),
    /** The id and transaction from which `settled_id` goes on, when all earlier transactions are over. */
    probeId: position('probe_id'),
    probeXid: text('probe_xid'),
    probedAt: instant('probed_at'),
    /** The verifier key of those who sign. Null: nobody has signed yet. */
    key: text('key'),
    publishedSize: position('published_size').notNull().default(0),
    publishedAt: instant('published_at'),
    verifiedSize: position('verified_size').notNull().default(0),
    verifiedAt: instant('verified_at'),
    wholeVerifiedAt: instant('whole_verified_at'),
  },
  (t) => [check('record_state_is_one_row', sql`${t.isOnly}`)],
)

/** The salt of each free text, beside the commitment in its event. Without the salt nobody can find an erased text by trying. */
export const recordTexts = pgTable(
  'record_texts',
  {
    commitment: text('commitment').primaryKey(),
    field: text('field').$type<SaidField>().notNull(),
    row: text('row').notNull(),
    requestId: uuid('request_id').references(() => requests.id),
    /** Null: erased. */
    salt: text('salt'),
    erasureId: uuid('erasure_id').references(() => erasures.id),
  },
  (t) => [
    check('record_texts_field_known', isOneOf(t.field, saidFields)),
    check('record_texts_erased_say_by_what', sql`(${t.salt} is null) = (${t.erasureId} is not null)`),
    index('record_texts_by_request').on(t.requestId),
  ],
)

/** Requests to erase the free texts of a request or a person. Two people make one; triggers hold it. */
export const erasures = pgTable(
  'erasures',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Null: all texts of `account_id`'s person. */
    requestId: uuid('request_id').references(() => requests.id),
    accountId: uuid('account_id').references(() => accounts.id),
    askedAt: instant('asked_at').notNull(),
    askedById: uuid('asked_by_id')
      .notNull()
      .references(() => accounts.id),
    confirmedAt: instant('confirmed_at'),
    confirmedById: uuid('confirmed_by_id').references(() => accounts.id),
    declinedAt: instant('declined_at'),
    declinedById: uuid('declined_by_id').references(() => accounts.id),
  },
  (t) => [
    check('erasures_are_about_one_thing', sql`num_nonnulls(${t.requestId}, ${t.accountId}) = 1`),
    check('erasures_confirmed_say_who', sql`(${t.confirmedAt} is null) = (${t.confirmedById} is null)`),
    check('erasures_declined_say_who', sql`(${t.declinedAt} is null) = (${t.declinedById} is null)`),
    check('erasures_end_once', sql`num_nonnulls(${t.confirmedAt}, ${t.declinedAt}) <= 1`),
  ],
)

/** Faults that a verification found. Security is told of each again until somebody acknowledges it. */
export const recordFaults = pgTable('record_faults', {
  /** What is wrong, and where. */
  fault: text('fault').primaryKey(),
  foundAt: instant('found_at').notNull(),
  acknowledgedAt: instant('acknowledged_at'),
  acknowledgedById: uuid('acknowledged_by_id').references(() => accounts.id),
})

export type NewRecordTextRow = typeof recordTexts.$inferInsert
