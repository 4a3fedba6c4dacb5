import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { accounts, persons } from './accounts.ts'
import { instant } from './columns.ts'

/** Contractors' contracts. A trigger refuses any change of one that has ended. */
export const engagements = pgTable(
  'engagements',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id').notNull(),
    company: text('company').notNull(),
    sponsorPersonId: uuid('sponsor_person_id').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    tags: text('tags').array().notNull().default(sql`'{}'::text[]`),
    createdById: uuid('created_by_id').references(() => accounts.id),
    endedAt: instant('ended_at'),
    sponsorLeftAt: instant('sponsor_left_at'),
    generation: integer('generation').notNull().default(1),
    /** Null where `ended_at` is set: its time was over. */
    endedById: uuid('ended_by_id').references(() => accounts.id),
  },
  (t) => [
    foreignKey({ name: 'engagements_of_a_person', columns: [t.personId], foreignColumns: [persons.id] }),
    foreignKey({
      name: 'engagements_have_a_sponsor',
      columns: [t.sponsorPersonId],
      foreignColumns: [persons.id],
    }),
    check('engagements_company_named', sql`btrim(${t.company}) <> ''`),
    check('engagements_end_after_start', sql`${t.endsAt} > ${t.startsAt}`),
    check('engagements_ended_say_when', sql`${t.endedById} is null or ${t.endedAt} is not null`),
    // Two accounts may turn out to be one person. Then the engagement has to end.
    check(
      'engagements_not_sponsored_by_oneself',
      sql`${t.personId} <> ${t.sponsorPersonId} or ${t.endedAt} is not null`,
    ),
    uniqueIndex('engagements_one_open_per_person').on(t.personId).where(sql`ended_at is null`),
    index('engagements_by_person').on(t.personId),
    index('engagements_open_by_sponsor').on(t.sponsorPersonId).where(sql`ended_at is null`),
    index('engagements_open_by_end').on(t.endsAt).where(sql`ended_at is null`),
  ],
)

/** Logins of persons in target systems. A trigger refuses one that the person confirmed. */
export const identities = pgTable(
  'identities',
  {
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    system: text('system').notNull(),
    login: text('login').notNull(),
    /** Null: an import confirmed it. */
    confirmedById: uuid('confirmed_by_id').references(() => accounts.id),
    confirmedAt: instant('confirmed_at').notNull(),
  },
  (t) => [
    primaryKey({ name: 'identities_one_per_system', columns: [t.personId, t.system] }),
    unique('identities_of_one_person').on(t.system, t.login),
    check('identities_say_which', sql`btrim(${t.system}) <> '' and btrim(${t.login}) <> ''`),
  ],
)

export type EngagementRow = typeof engagements.$inferSelect
