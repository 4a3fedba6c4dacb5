import { and, asc, count, eq, isNull, sql } from 'drizzle-orm'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { selectEngagements, toEngagement } from './open-engagements.ts'
import { prepare } from './queries.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { isAnyOf } from './schema/columns.ts'
import { engagements, identities } from './schema/people.ts'
import { isUuid } from './text.ts'

/** Of several accounts of a person, the full member that is not deactivated comes first. */
const bestFirst = [asc(accounts.isDeactivated), asc(accounts.isGuest), asc(accounts.id)]

const engagementById = prepare(['id'], (db, { id }) => selectEngagements(db, sql`${engagements.id} = ${id}`))
const accountOf = prepare(['personId'], (db, { personId }) =>
  db
    .select(accountColumns)
    .from(accounts)
    .where(eq(accounts.personId, personId))
    .orderBy(...bestFirst)
    .limit(1),
)

/** Engagements with their contractors, for lists and messages. */
export function contractorsIn({ db, run }: Database): Pick<Store['people'], 'engagement' | 'contractors'> {
  return {
    engagement: async (id) => {
      const [row] = isUuid(id) ? await run(engagementById, { id }) : []
      const [contractor] = row ? await run(accountOf, { personId: row.personId }) : []
      return row && contractor ? { engagement: toEngagement(row), contractor } : null
    },
    contractors: async ({ sponsorPersonId, offset, limit }) => {
      const isListed = and(
        isNull(engagements.endedAt),
        sponsorPersonId === null ? undefined : eq(engagements.sponsorPersonId, sponsorPersonId),
      )
      const [[counted], found] = await Promise.all([
        db.select({ total: count() }).from(engagements).where(isListed),
        selectEngagements(db, isListed).limit(limit).offset(offset),
      ])
      const persons = found.map(({ personId }) => personId)
      const [holders, logins] = await Promise.all([
        db
          .selectDistinctOn([accounts.personId], accountColumns)
          .from(accounts)
          .where(isAnyOf(accounts.personId, persons))
          .orderBy(asc(accounts.personId), ...bestFirst),
        db
          .select()
          .from(identities)
          .where(isAnyOf(identities.personId, persons))
          .orderBy(asc(identities.system)),
      ])
      const rows = found.flatMap((row) => {
        const contractor = holders.find(({ personId }) => personId === row.personId)
        const own = logins.filter(({ personId }) => personId === row.personId)
        return contractor ? [{ engagement: toEngagement(row), contractor, identities: own }] : []
      })
      return { rows, total: counted?.total ?? 0 }
    },
  }
}
