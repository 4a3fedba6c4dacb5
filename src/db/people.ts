import { and, count, eq, gte, inArray, lt, sql } from 'drizzle-orm'
import type { Account, SlackAccount } from '../domain/account.ts'
import { liveStatuses } from '../domain/grant.ts'
import type { KnownPerson } from '../domain/person.ts'
import type { Store } from '../domain/store.ts'
import { inBatches } from '../in-batches.ts'
import type { Database } from './database.ts'
import { isWhole, type JoinedEngagement, openEngagementOf, toEngagement } from './open-engagements.ts'
import { prepare } from './queries.ts'
import { isUpToDate } from './repositories/accounts.ts'
import { firstOf } from './repositories/identities.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { isOneOf } from './schema/columns.ts'
import { grants } from './schema/grants.ts'
import { identities } from './schema/people.ts'
import { decisions, requests } from './schema/requests.ts'

/** Accounts, each with the open engagement of its person. One statement, so that all persons are those of one moment. */
const accountsOf = prepare(['teamIds', 'userIds'], (db, { teamIds, userIds }) => {
  const open = openEngagementOf(db, accounts.personId)
  return db
    .select({ account: accountColumns, engagement: open.columns })
    .from(accounts)
    .leftJoinLateral(open.engagement, sql`true`)
    .where(
      sql`(${accounts.teamId}, ${accounts.userId}) in (select * from unnest(${teamIds}::text[], ${userIds}::text[]))`,
    )
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
const approvedBy = prepare(['approver', 'requester', 'since'], (db, { approver, requester, since }) => {
  const approvers = db.select({ id: accounts.id }).from(accounts).where(eq(accounts.personId, approver))
  return db
    .select({ requestId: decisions.requestId })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.requesterId))
    .innerJoin(decisions, eq(decisions.requestId, requests.id))
    .where(
      and(
        eq(accounts.personId, requester),
        gte(requests.submittedAt, since),
        eq(decisions.verdict, 'approve'),
        inArray(decisions.approverId, approvers),
      ),
    )
    .limit(1)
})
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
): Pick<Store['people'], 'of' | 'usage' | 'hasApproved' | 'loginOf'> {
  // Clicks that arrive together are read together.
  const read = inBatches(async (lists: readonly (readonly SlackAccount[])[]): Promise<(Known | null)[][]> => {
    const wanted = lists.flat()
    const teamIds = wanted.map(({ teamId }) => teamId)
    const userIds = wanted.map(({ userId }) => userId)
    const rows = await run(accountsOf, { teamIds, userIds })
    const known = new Map(rows.map((row) => [`${row.account.teamId}/${row.account.userId}`, row]))
    return lists.map((list) => list.map(({ teamId, userId }) => known.get(`${teamId}/${userId}`) ?? null))
  })
  return {
    of: async (wanted) => {
      const known = await read(wanted)
      // Usually the accounts are stored as they are, and nothing is written.
      const isStored = wanted.map((account, index) => {
        const stored = known[index]
        return stored ? isUpToDate(stored.account, account) : false
      })
      if (isStored.every(Boolean)) return known.map(person)
      // A write may merge the person of one account with the person of another, so all are read again.
      for (const [index, account] of wanted.entries()) if (!isStored[index]) await upsert(account)
      return (await read(wanted)).map(person)
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
    hasApproved: async (decided) => (await run(approvedBy, decided)).length > 0,
    loginOf: async (personId, systems) => firstOf(await run(loginsOf, { personId }), systems),
  }
}

interface Known {
  readonly account: Account
  readonly engagement: JoinedEngagement
}

function person(known: Known | null): KnownPerson {
  if (!known) throw new Error('An account is not stored')
  const { account, engagement } = known
  const { personId: id, kind, change: what, changedAt: at } = account
  return {
    id,
    kind,
    change: what && at ? { what, at } : null,
    engagement: isWhole(engagement) ? toEngagement(engagement) : null,
  }
}
