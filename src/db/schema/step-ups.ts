import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { codeGrounds, type PasskeyCode, type PasskeyGround, passkeyGrounds } from '../../domain/passkey.ts'
import { type StepUpMethod, signInSeconds, stepUpMethods } from '../../domain/step-up.ts'
import { accounts, persons } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'

/** Links to the step-up page. A trigger refuses a second use. `request_id` has no foreign key, because `requests` comes later. */
export const stepUps = pgTable(
  'step_ups',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** SHA-256 in hex: whoever reads the table cannot use the link. */
    tokenHash: text('token_hash').notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    kind: text('kind').notNull(),
    requestId: uuid('request_id'),
    intent: json('intent'),
    termsHash: text('terms_hash').notNull(),
    nonce: text('nonce').notNull(),
    viewId: text('view_id'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    /** Null where it is used: a code proved it. */
    method: text('method').$type<StepUpMethod>(),
  },
  (t) => [
    unique('step_ups_one_per_token').on(t.tokenHash),
    check('step_ups_method_known', isOneOf(t.method, stepUpMethods)),
    check(
      'step_ups_are_short',
      sql`${t.expiresAt} > ${t.createdAt} and ${t.expiresAt} <= ${t.createdAt} + interval '${sql.raw(String(2 * signInSeconds))} seconds'`,
    ),
    check('step_ups_used_in_time', sql`${t.usedAt} < ${t.expiresAt}`),
    check('step_ups_used_forget_the_intent', sql`(${t.usedAt} is null) = (${t.intent} is not null)`),
    index('step_ups_unused').on(t.expiresAt).where(sql`used_at is null`),
  ],
)

/** Passkeys of persons. A trigger refuses a counter that goes back, and every change of a removed one. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    name: text('name').notNull(),
    credentialId: text('credential_id').notNull(),
    publicKey: text('public_key').notNull(),
    counter: bigint('counter', { mode: 'number' }).notNull(),
    transports: text('transports').array().notNull(),
    ground: text('ground').$type<PasskeyGround>().notNull(),
    addedAt: instant('added_at').notNull(),
    lastUsedAt: instant('last_used_at'),
    removedAt: instant('removed_at'),
  },
  (t) => [
    unique('passkeys_one_per_credential').on(t.credentialId),
    check('passkeys_ground_known', isOneOf(t.ground, passkeyGrounds)),
    check('passkeys_named', sql`btrim(${t.name}) <> ''`),
    check('passkeys_counter_not_negative', sql`${t.counter} >= 0`),
    index('passkeys_by_person').on(t.personId),
  ],
)

/** One-time codes that let a person add a first passkey. */
export const passkeyCodes = pgTable(
  'passkey_codes',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    codeHash: text('code_hash').notNull(),
    ground: text('ground').$type<PasskeyCode['ground']>().notNull(),
    /** Null: the command line or a sign-in made it. */
    issuedById: uuid('issued_by_id').references(() => accounts.id),
    issuedAt: instant('issued_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [
    unique('passkey_codes_one_per_code').on(t.codeHash),
    check('passkey_codes_ground_known', isOneOf(t.ground, codeGrounds)),
    check('passkey_codes_expire_after_issue', sql`${t.expiresAt} > ${t.issuedAt}`),
    check('passkey_codes_used_in_time', sql`${t.usedAt} < ${t.expiresAt}`),
    index('passkey_codes_by_person').on(t.personId),
  ],
)

export type StepUpRow = typeof stepUps.$inferSelect
