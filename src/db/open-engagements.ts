import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
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

type Row = Awaited<ReturnType<typeof selectEngagements>>[number]

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
