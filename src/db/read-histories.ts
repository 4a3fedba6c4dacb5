import { asc, eq, inArray, sql } from 'drizzle-orm'
import type { Account } from '../domain/account.ts'
import type { Engagement } from '../domain/engagement.ts'
import type { Grant } from '../domain/grant.ts'
import type { AccessRequest, Decision } from '../domain/request.ts'
import type { RequestHistory } from '../domain/request-history.ts'
import type { Session } from './in-transaction.ts'
import { toGrant } from './mapping/grant.ts'
import { decisionColumns, toDecision, toRequest } from './mapping/request.ts'
import { selectOpenEngagements, toEngagement } from './open-engagements.ts'
import { prepare } from './queries.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { isAnyOf } from './schema/columns.ts'
import { grants } from './schema/grants.ts'
import { engagements } from './schema/people.ts'
import { decisions, requests } from './schema/requests.ts'

/** The histories of these requests, in this order, with five statements at once. Unknown ids are left out. */
export async function readHistories({ run }: Session, ids: readonly string[]): Promise<RequestHistory[]> {
  const [requestRows, decisionRows, grantRows, accountRows, engagementRows] = await Promise.all([
    run(requestsOf, { ids }),
    run(decisionsOf, { ids }),
    run(grantsOf, { ids }),
    run(peopleOf, { ids }),
    run(engagementsOf, { ids }),
  ])
  const assemble = assembler(
    decisionRows.map(toDecision),
    new Map(grantRows.map((row) => [row.requestId, toGrant(row)])),
    new Map(accountRows.map((account) => [account.id, account])),
    new Map(engagementRows.map((row) => [row.personId, toEngagement(row)])),
  )
  const found = new Map(requestRows.map((row) => [row.id, toRequest(row)]))
  return ids.flatMap((id) => {
    const request = found.get(id)
    return request ? [assemble(request)] : []
  })
}

const requestsOf = prepare(['ids'], (db, { ids }) =>
  db.select().from(requests).where(isAnyOf(requests.id, ids)),
)
const decisionsOf = prepare(['ids'], (db, { ids }) =>
  db
    .select(decisionColumns)
    .from(decisions)
    .innerJoin(accounts, eq(accounts.id, decisions.approverId))
    .where(isAnyOf(decisions.requestId, ids))
    .orderBy(asc(decisions.number)),
)
const grantsOf = prepare(['ids'], (db, { ids }) =>
  db.select().from(grants).where(isAnyOf(grants.requestId, ids)),
)
const peopleOf = prepare(['ids'], (db, { ids }) => {
  const requesters = db.select({ id: requests.requesterId }).from(requests).where(isAnyOf(requests.id, ids))
  const approvers = db
    .select({ id: decisions.approverId })
    .from(decisions)
    .where(isAnyOf(decisions.requestId, ids))
  const revokers = db
    .select({ id: sql<string>`${grants.revokedById}` })
    .from(grants)
    .where(isAnyOf(grants.requestId, ids))
  return db
    .select(accountColumns)
    .from(accounts)
    .where(inArray(accounts.id, requesters.union(approvers).union(revokers)))
})

const engagementsOf = prepare(['ids'], (db, { ids }) => {
  const requesters = db
    .select({ id: accounts.personId })
    .from(accounts)
    .innerJoin(requests, eq(requests.requesterId, accounts.id))
    .where(isAnyOf(requests.id, ids))
  return selectOpenEngagements(db, inArray(engagements.personId, requesters))
})

function assembler(
  decisions: readonly Decision[],
  grants: ReadonlyMap<string, Grant>,
  accounts: ReadonlyMap<string, Account>,
  engagements: ReadonlyMap<string, Engagement>,
): (request: AccessRequest) => RequestHistory {
  const who = (id: string): Account => {
    const account = accounts.get(id)
    if (!account) throw new Error(`Account ${id} is missing from the snapshot`)
    return account
  }
  return (request) => {
    const grant = grants.get(request.id) ?? null
    const revokerId = grant && 'revocation' in grant ? grant.revocation.byId : null
    const requester = who(request.requesterId)
    return {
      request,
      requester,
      engagement: engagements.get(requester.personId) ?? null,
      decisions: decisions
        .filter((decision) => decision.requestId === request.id)
        .map((decision) => ({ ...decision, approver: who(decision.approverId) })),
      grant,
      revoker: revokerId === null ? null : who(revokerId),
    }
  }
}
