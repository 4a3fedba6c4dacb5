import { and, count, eq, gte, lt, sql } from 'drizzle-orm'
import type { Account, SlackAccount } from '../domain/account.ts'
import { liveStatuses } from '../domain/grant.ts'
import type { KnownPerson } from '../domain/person.ts'
import type { Store } from '../domain/ports.ts'
import type { Database } from './database.ts'
import { selectOpenEngagements, toEngagement } from './open-engagements.ts'
import { prepare } from './queries.ts'
import { isUpToDate } from './repositories/accounts.ts'
import { firstOf } from './repositories/identities.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { isOneOf } from './schema/columns.ts'
import { grants } from './schema/grants.ts'
import { engagements, identities } from './schema/people.ts'
import { requests } from './schema/requests.ts'

const accountOf = prepare(['teamId', 'userId'], (db, { teamId, userId }) =>
  db
    .select(accountColumns)
    .from(accounts)
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId))),
)
const engagementOf = prepare(['teamId', 'userId'], (db, { teamId, userId }) => {
  const person = db
    .select({ id: accounts.personId })
    .from(accounts)
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId)))
  return selectOpenEngagements(db, sql`${engagements.personId} = (${person})`)
})

const leasesOf = prepare(['personId', 'resourceId'], (db, { personId, resourceId }) =>
  db
    .select({
      all: count(),
      here: sql<number>`count(*) filter (where ${grants.resourceId} = ${resourceId})`.mapWith(Number),
    })
    .from(grants)
    .innerJoin(accounts, eq(accounts.id, grants.holderId))
    .where(and(eq(accounts.personId, personId), isOneOf(grants.status, liveStatuses))),
)
const requestsOf = prepare(['personId', 'since', 'until'], (db, { personId, since, until }) =>
  db
    .select({ count: count() })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.requesterId))
    .where(
      and(eq(accounts.personId, personId), gte(requests.submittedAt, since), lt(requests.submittedAt, until)),
    ),
)
const loginsOf = prepare(['personId'], (db, { personId }) =>
  db
    .select({ system: identities.system, login: identities.login })
    .from(identities)
    .where(eq(identities.personId, personId)),
)

/** `upsert` stores an account in a transaction of its own. */
export function peopleIn(
  { run }: Database,
  upsert: (account: SlackAccount) => Promise<Account>,
): Store['people'] {
  return {
    // Both statements at once. Usually the account is stored as it is, and nothing is written.
    of: async (account) => {
      const key = { teamId: account.teamId, userId: account.userId }
      const [[stored], [row]] = await Promise.all([run(accountOf, key), run(engagementOf, key)])
      if (stored && isUpToDate(stored, account)) return person(stored, row)
      const written = await upsert(account)
      const [later] = await run(engagementOf, key)
      return person(written, later)
    },
    usage: async (personId, resourceId, { since, until }) => {
      const [[leases], [submitted]] = await Promise.all([
        run(leasesOf, { personId, resourceId }),
        run(requestsOf, { personId, since, until }),
      ])
      return {
        activeLeases: leases?.all ?? 0,
        activeLeasesHere: leases?.here ?? 0,
        requests: submitted?.count ?? 0,
      }
    },
    loginOf: async (personId, systems) => firstOf(await run(loginsOf, { personId }), systems),
  }
}

function person(
  { personId: id, kind }: Account,
  row: Parameters<typeof toEngagement>[0] | undefined,
): KnownPerson {
  return { id, kind, engagement: row ? toEngagement(row) : null }
}
