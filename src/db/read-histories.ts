import { and, asc, desc, eq, inArray, isNotNull, or, type Placeholder, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Account } from '../domain/account.ts'
import type { BreakGlassReview } from '../domain/break-glass.ts'
import type { Engagement } from '../domain/engagement.ts'
import type { Grant } from '../domain/grant.ts'
import type { PreApproval } from '../domain/pre-approval.ts'
import type { AccessRequest, Decision } from '../domain/request.ts'
import type { PreApprovalWithPeople, RequestHistory, ReviewWithPeople } from '../domain/request-history.ts'
import type { Session } from './in-transaction.ts'
import { toGrant } from './mapping/grant.ts'
import { decisionColumns, toDecision, toRequest } from './mapping/request.ts'
import { toPreApproval, toReview } from './mapping/without-asking.ts'
import { selectOpenEngagements, toEngagement } from './open-engagements.ts'
import { prepare, type Queries } from './queries.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { breakGlassReviews } from './schema/break-glass.ts'
import { isAnyOf } from './schema/columns.ts'
import { grants } from './schema/grants.ts'
import { engagements } from './schema/people.ts'
import { decisions, preApprovals, requests } from './schema/requests.ts'

/** The histories of these requests, in this order, with seven statements at once. Unknown ids are left out. */
export async function readHistories({ run }: Session, ids: readonly string[]): Promise<RequestHistory[]> {
  const [requestRows, decisionRows, grantRows, accountRows, engagementRows, reviewRows, preApprovalRows] =
    await Promise.all([
      run(requestsOf, { ids }),
      run(decisionsOf, { ids }),
      run(grantsOf, { ids }),
      run(peopleOf, { ids }),
      run(engagementsOf, { ids }),
      run(reviewsOf, { ids }),
      run(preApprovalsOf, { ids }),
    ])
  const assemble = assembler(
    decisionRows.map(toDecision),
    new Map(grantRows.map((row) => [row.requestId, toGrant(row)])),
    new Map(accountRows.map((account) => [account.id, account])),
    new Map(engagementRows.map((row) => [row.personId, toEngagement(row)])),
    new Map(reviewRows.map((row) => [row.requestId, toReview(row)])),
    preApprovalRows.map(toPreApproval),
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
    .where(
      inArray(
        accounts.id,
        requesters
          .union(approvers)
          .union(revokers)
          .union(reviewersIn(db, ids))
          .union(preApprovers(db, ids, preApprovals.madeById))
          .union(preApprovers(db, ids, preApprovals.withdrawnById)),
      ),
    )
})

function reviewersIn(db: Queries, ids: Placeholder) {
  return db
    .select({ id: sql<string>`${breakGlassReviews.reviewedById}` })
    .from(breakGlassReviews)
    .where(isAnyOf(breakGlassReviews.requestId, ids))
}

function preApprovers(db: Queries, ids: Placeholder, column: PgColumn) {
  return db
    .select({ id: sql<string>`${column}` })
    .from(preApprovals)
    .where(concerns(db, ids))
}

/** Those that were made from one of the requests, or approved one. */
function concerns(db: Queries, ids: Placeholder) {
  const used = db
    .select({ id: requests.preApprovalId })
    .from(requests)
    .where(and(isAnyOf(requests.id, ids), isNotNull(requests.preApprovalId)))
  return or(isAnyOf(preApprovals.requestId, ids), inArray(preApprovals.id, used))
}

const reviewsOf = prepare(['ids'], (db, { ids }) =>
  db.select().from(breakGlassReviews).where(isAnyOf(breakGlassReviews.requestId, ids)),
)
// The open ones first, then the newest.
const preApprovalsOf = prepare(['ids'], (db, { ids }) =>
  db
    .select()
    .from(preApprovals)
    .where(concerns(db, ids))
    .orderBy(sql`${preApprovals.withdrawnAt} is not null`, desc(preApprovals.number)),
)

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
  reviews: ReadonlyMap<string, BreakGlassReview>,
  preApprovals: readonly PreApproval[],
): (request: AccessRequest) => RequestHistory {
  const who = (id: string): Account => {
    const account = accounts.get(id)
    if (!account) throw new Error(`Account ${id} is missing from the snapshot`)
    return account
  }
  const withPeople = (found: PreApproval | undefined): PreApprovalWithPeople | null => {
    if (!found) return null
    const { withdrawal } = found
    const by = withdrawal && { ...withdrawal, by: who(withdrawal.byId) }
    return { ...found, maker: who(found.madeById), withdrawal: by }
  }
  const reviewOf = (requestId: string): ReviewWithPeople | null => {
    const review = reviews.get(requestId)
    if (!review) return null
    const { outcome } = review
    return { ...review, outcome: outcome && { ...outcome, reviewer: who(outcome.byId) } }
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
      review: reviewOf(request.id),
      usedPreApproval: withPeople(preApprovals.find(({ id }) => id === request.preApprovalId)),
      madePreApproval: withPeople(preApprovals.find(({ requestId }) => requestId === request.id)),
    }
  }
}
