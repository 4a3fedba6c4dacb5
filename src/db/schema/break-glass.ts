import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { type ReviewVerdict, reviewVerdicts } from '../../domain/break-glass.ts'
import { accounts, persons } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { requests } from './requests.ts'

/** The reviews of access that was taken in an emergency. Triggers refuse a second open review of a person, also after a merge. */
export const breakGlassReviews = pgTable(
  'break_glass_reviews',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    /** The person of the requester when the glass was broken. */
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    openedAt: instant('opened_at').notNull(),
    dueAt: instant('due_at').notNull(),
    reviewedAt: instant('reviewed_at'),
    reviewedById: uuid('reviewed_by_id').references(() => accounts.id),
    verdict: text('verdict').$type<ReviewVerdict>(),
    finding: text('finding'),
    policy: json('policy'),
  },
  (t) => [
    check('break_glass_reviews_due_later', sql`${t.dueAt} > ${t.openedAt}`),
    check('break_glass_reviews_verdict_known', isOneOf(t.verdict, reviewVerdicts)),
    check(
      'break_glass_reviews_done_say_who_and_what',
      sql`num_nulls(${t.reviewedAt}, ${t.reviewedById}, ${t.verdict}, ${t.finding}, ${t.policy}) in (0, 5)`,
    ),
    check('break_glass_reviews_finding_written', sql`btrim(${t.finding}) <> ''`),
    uniqueIndex('break_glass_reviews_one_open_per_person').on(t.personId).where(sql`reviewed_at is null`),
    index('break_glass_reviews_open_by_due').on(t.dueAt).where(sql`reviewed_at is null`),
  ],
)

export type BreakGlassReviewRow = typeof breakGlassReviews.$inferSelect
