import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { alias, type PgColumn } from 'drizzle-orm/pg-core'
import type { Engagement } from '../domain/engagement.ts'
import type { Queries } from './queries.ts'
import { accounts } from './schema/accounts.ts'
import { engagements } from './schema/people.ts'

const sponsors = alias(accounts, 'sponsor_accounts')

/** Engagements with the account of each sponsor: of several the one that is a full member and not deactivated. */
export function selectEngagements(db: Queries, condition: SQL | undefined) {
  const sponsor = db
    .select({
      accountId: sql<string>`${sponsors.id}`.as('sponsor_account_id'),
      userId: sql<string>`${sponsors.userId}`.as('sponsor_user_id'),
      displayName: sql<string>`${sponsors.displayName}`.as('sponsor_display_name'),
      isActive: sql<boolean>`not (${sponsors.isDeactivated} or ${sponsors.isGuest})`.as('sponsor_is_active'),
    })
    .from(sponsors)
    .where(eq(sponsors.personId, engagements.sponsorPersonId))
    .orderBy(asc(sponsors.isDeactivated), asc(sponsors.isGuest), asc(sponsors.id))
    .limit(1)
    .as('sponsor')
  return db
    .select({
      id: engagements.id,
      personId: engagements.personId,
      company: engagements.company,
      sponsorPersonId: engagements.sponsorPersonId,
      startsAt: engagements.startsAt,
      endsAt: engagements.endsAt,
      tags: engagements.tags,
      endedAt: engagements.endedAt,
      endedById: engagements.endedById,
      sponsorLeftAt: engagements.sponsorLeftAt,
      generation: engagements.generation,
      sponsorAccountId: sponsor.accountId,
      sponsorUserId: sponsor.userId,
      sponsorName: sponsor.displayName,
      sponsorIsActive: sponsor.isActive,
    })
    .from(engagements)
    .innerJoinLateral(sponsor, sql`true`)
    .where(condition)
    .orderBy(asc(engagements.endsAt), asc(engagements.id))
}

/** The open ones. */
export function selectOpenEngagements(db: Queries, condition: SQL | undefined) {
  return selectEngagements(db, and(isNull(engagements.endedAt), condition))
}

/** The open engagement of the person in this column, for a lateral left join, and its columns. Of several the one that ends first. */
export function openEngagementOf(db: Queries, personId: PgColumn) {
  const open = selectOpenEngagements(db, eq(engagements.personId, personId)).limit(1).as('open')
  const columns = {
    id: open.id,
    personId: open.personId,
    company: open.company,
    sponsorPersonId: open.sponsorPersonId,
    startsAt: open.startsAt,
    endsAt: open.endsAt,
    tags: open.tags,
    endedAt: open.endedAt,
    endedById: open.endedById,
    sponsorLeftAt: open.sponsorLeftAt,
    generation: open.generation,
    sponsorAccountId: open.sponsorAccountId,
    sponsorUserId: open.sponsorUserId,
    sponsorName: open.sponsorName,
    sponsorIsActive: open.sponsorIsActive,
  }
  return { engagement: open, columns }
}

type Row = Awaited<ReturnType<typeof selectEngagements>>[number]

/** The row of a left join. All its columns are null where it found nothing. */
export type JoinedEngagement = { readonly [Key in keyof Row]: Row[Key] | null } | null

export function isWhole(engagement: JoinedEngagement): engagement is Row {
  return engagement !== null && engagement.id !== null
}

export function toEngagement(row: Row): Engagement {
  const { sponsorPersonId, sponsorAccountId, sponsorUserId, sponsorName, sponsorIsActive, ...engagement } =
    row
  return {
    ...engagement,
    sponsor: {
      personId: sponsorPersonId,
      accountId: sponsorAccountId,
      userId: sponsorUserId,
      displayName: sponsorName,
      isActive: sponsorIsActive,
    },
  }
}
