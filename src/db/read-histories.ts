import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  isNotNull,
  isNull,
  notExists,
  or,
  type Placeholder,
  sql,
} from 'drizzle-orm'
import { alias, type PgColumn } from 'drizzle-orm/pg-core'
import type { Absence } from '../domain/absence.ts'
import type { Account } from '../domain/account.ts'
import type { LeaseActivity } from '../domain/activity.ts'
import type { ApproverCall } from '../domain/approver-call.ts'
import type { BreakGlassReview } from '../domain/break-glass.ts'
import type { BundlePlace } from '../domain/bundle-place.ts'
import type { Engagement } from '../domain/engagement.ts'
import type { Grant } from '../domain/grant.ts'
import type { ExtendedLease, RequestedExtension } from '../domain/lease-extension.ts'
import type { PreApproval } from '../domain/pre-approval.ts'
import type { AccessRequest, Decision } from '../domain/request.ts'
import type {
  PreApprovalWithPeople,
  RequestHistory,
  RequestWithRequester,
  ReviewWithPeople,
} from '../domain/request-history.ts'
import type { Preview, Run } from '../domain/run.ts'
import type { Task, TaskWithPeople } from '../domain/task.ts'
import { inBatches } from '../in-batches.ts'
import type { Database } from './database.ts'
import type { Session } from './in-transaction.ts'
import { toActivity } from './mapping/activity.ts'
import { toGrant } from './mapping/grant.ts'
import { decisionColumns, toDecision, toExtension, toRequest } from './mapping/request.ts'
import { toPreview, toRun } from './mapping/run.ts'
import { toTask } from './mapping/task.ts'
import { toPreApproval, toReview } from './mapping/without-asking.ts'
import { isWhole, openEngagementOf, selectOpenEngagements, toEngagement } from './open-engagements.ts'
import { prepare, type Queries } from './queries.ts'
import { absences } from './schema/absences.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { leaseActivity } from './schema/activity.ts'
import { approverCalls } from './schema/approver-calls.ts'
import { breakGlassReviews } from './schema/break-glass.ts'
import { askedBundles, bundledRequests } from './schema/bundles.ts'
import { isAmong, isAnyOf } from './schema/columns.ts'
import { panicRequests, panics } from './schema/freezes.ts'
import { grants } from './schema/grants.ts'
import { leaseExtensions } from './schema/lease-extensions.ts'
import { engagements } from './schema/people.ts'
import { decisions, preApprovals, requests } from './schema/requests.ts'
import { actionPreviews, runs } from './schema/runs.ts'
import { tasks } from './schema/tasks.ts'

/** A request with the people who ask for it. */
interface ReadRequest extends RequestWithRequester {
  /**
   * It waits for its first decision, nobody was called, nobody is away and it is alone, so nothing more is known about it: Postgres refuses a grant before the approval
   * (`grants_need_approved_request`).
   */
  readonly isUndecided: boolean
}

/**
 * Reads requests by one statement, those of clicks that arrive together in one. Null: an unknown id. Most clicks decide a request
 * that nobody has decided, and need no more; all histories take nine statements and a transaction, a fifth of the processor
 * time of an approval.
 */
export function requestsIn({ run }: Database): (id: string) => Promise<ReadRequest | null> {
  return inBatches(async (ids: readonly string[]) => {
    const rows = await run(withRequester, { ids })
    const found = new Map(
      rows.map(({ request, requester, engagement, isUndecided }): [string, ReadRequest] => [
        request.id,
        {
          request: toRequest(request),
          requester,
          engagement: isWhole(engagement) ? toEngagement(engagement) : null,
          isUndecided,
        },
      ]),
    )
    return ids.map((id) => found.get(id) ?? null)
  })
}

const withRequester = prepare(['ids'], (db, { ids }) => {
  const open = openEngagementOf(db, accounts.personId)
  const decided = db.select({ one: sql`1` }).from(decisions).where(eq(decisions.requestId, requests.id))
  const inAdvance = db
    .select({ one: sql`1` })
    .from(preApprovals)
    .where(eq(preApprovals.requestId, requests.id))
  const called = db
    .select({ one: sql`1` })
    .from(approverCalls)
    .where(eq(approverCalls.requestId, requests.id))
  const bundled = db
    .select({ one: sql`1` })
    .from(bundledRequests)
    .where(eq(bundledRequests.requestId, requests.id))
  const away = db.select({ one: sql`1` }).from(absences).where(gt(absences.until, sql`now()`))
  const undecided = and(
    eq(requests.status, sql`'pending'`),
    eq(requests.asksForKind, sql`'entitlement'`),
    isNull(requests.preApprovalId),
    notExists(decided),
    notExists(inAdvance),
    notExists(called),
    notExists(bundled),
    notExists(away),
  )
  return db
    .select({
      request: requests,
      requester: accountColumns,
      engagement: open.columns,
      isUndecided: sql<boolean>`${undecided}`,
    })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.requesterId))
    .leftJoinLateral(open.engagement, sql`true`)
    .where(isAnyOf(requests.id, ids))
})

/** The histories of these requests, in this order, with sixteen statements at once. Unknown ids are left out. */
export async function readHistories({ run }: Session, ids: readonly string[]): Promise<RequestHistory[]> {
  const [
    requestRows,
    decisionRows,
    grantRows,
    accountRows,
    engagementRows,
    reviewRows,
    preApprovalRows,
    extensionRows,
    taskRows,
    cancelledRows,
    callRows,
    absenceRows,
    activityRows,
    runRows,
    previewRows,
    bundleRows,
  ] = await Promise.all([
    run(requestsOf, { ids }),
    run(decisionsOf, { ids }),
    run(grantsOf, { ids }),
    run(peopleOf, { ids }),
    run(engagementsOf, { ids }),
    run(reviewsOf, { ids }),
    run(preApprovalsOf, { ids }),
    run(extensionsOf, { ids }),
    run(tasksOf, { ids }),
    run(cancelledOf, { ids }),
    run(callsOf, { ids }),
    run(everyAbsence, {}),
    run(activityOf, { ids }),
    run(runsOf, { ids }),
    run(previewsOf, { ids }),
    run(bundlesOf, { ids }),
  ])
  const assemble = assembler(
    decisionRows.map(toDecision),
    new Map(grantRows.map((row) => [row.requestId, toGrant(row)])),
    new Map(accountRows.map((account) => [account.id, account])),
    new Map(engagementRows.map((row) => [row.personId, toEngagement(row)])),
    new Map(reviewRows.map((row) => [row.requestId, toReview(row)])),
    preApprovalRows.map(toPreApproval),
    new Map(
      extensionRows.map(({ asked, grant, request, outcome }): [string, ExtendedLease] => [
        asked.id,
        { grant: toGrant(grant), request: toRequest(request), outcome: outcome && toExtension(outcome) },
      ]),
    ),
    extensionRows.map(({ asked, grant, outcome }) => ({
      leaseRequestId: grant.requestId,
      extension: { request: toRequest(asked), outcome: outcome && toExtension(outcome) },
    })),
    taskRows.map(toTask),
    new Map(cancelledRows.map(({ requestId, ...cancelledBy }) => [requestId, cancelledBy])),
    callRows,
    absenceRows,
    new Map(activityRows.map((row) => [row.grantId, toActivity(row)])),
    new Map(runRows.map((row) => [row.id, toRun(row)])),
    new Map(previewRows.map((row) => [row.requestId, toPreview(row)])),
    toBundles(bundleRows),
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
      isAmong(
        accounts.id,
        requesters
          .union(approvers)
          .union(revokers)
          .union(reviewersIn(db, ids))
          .union(preApprovers(db, ids, preApprovals.madeById))
          .union(preApprovers(db, ids, preApprovals.withdrawnById))
          .union(taskPeople(db, ids)),
      ),
    )
})

function reviewersIn(db: Queries, ids: Placeholder) {
  return db
    .select({ id: sql<string>`${breakGlassReviews.reviewedById}` })
    .from(breakGlassReviews)
    .where(isAnyOf(breakGlassReviews.requestId, ids))
}

function taskPeople(db: Queries, ids: Placeholder) {
  return db
    .select({ id: sql<string>`unnest(array[${tasks.doneById}, ${tasks.refusedById}])` })
    .from(tasks)
    .innerJoin(grants, eq(grants.id, tasks.grantId))
    .where(isAnyOf(grants.requestId, ids))
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
  return or(isAnyOf(preApprovals.requestId, ids), isAmong(preApprovals.id, used))
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

const asked = alias(requests, 'asked')
/** Those of these requests that ask to extend a lease, and the requests that ask to extend the leases of these requests. */
const extensionsOf = prepare(['ids'], (db, { ids }) => {
  const leases = db.select({ id: grants.id }).from(grants).where(isAnyOf(grants.requestId, ids))
  return db
    .select({ asked, grant: grants, request: requests, outcome: leaseExtensions })
    .from(asked)
    .innerJoin(grants, eq(grants.id, asked.extendsGrantId))
    .innerJoin(requests, eq(requests.id, grants.requestId))
    .leftJoin(leaseExtensions, eq(leaseExtensions.requestId, asked.id))
    .where(
      and(isNotNull(asked.extendsGrantId), or(isAnyOf(asked.id, ids), isAmong(asked.extendsGrantId, leases))),
    )
    .orderBy(asc(asked.number))
})
const tasksOf = prepare(['ids'], (db, { ids }) =>
  db
    .select(getTableColumns(tasks))
    .from(tasks)
    .innerJoin(grants, eq(grants.id, tasks.grantId))
    .where(isAnyOf(grants.requestId, ids))
    .orderBy(asc(tasks.openedAt), asc(tasks.direction)),
)
const cancelledOf = prepare(['ids'], (db, { ids }) =>
  db
    .select({ requestId: panicRequests.requestId, userId: accounts.userId, reason: panics.reason })
    .from(panicRequests)
    .innerJoin(panics, eq(panics.id, panicRequests.panicId))
    .innerJoin(accounts, eq(accounts.id, panics.byId))
    .where(isAnyOf(panicRequests.requestId, ids)),
)
const everyAbsence = prepare([], (db) =>
  db
    .select({ userId: accounts.userId, until: absences.until })
    .from(absences)
    .innerJoin(accounts, eq(accounts.id, absences.accountId)),
)
const callsOf = prepare(['ids'], (db, { ids }) =>
  db.select().from(approverCalls).where(isAnyOf(approverCalls.requestId, ids)).orderBy(asc(approverCalls.at)),
)
const activityOf = prepare(['ids'], (db, { ids }) =>
  db
    .select({ grantId: leaseActivity.grantId, seen: leaseActivity.seen })
    .from(grants)
    .innerJoin(leaseActivity, eq(leaseActivity.grantId, grants.id))
    .where(isAnyOf(grants.requestId, ids)),
)
const runsOf = prepare(['ids'], (db, { ids }) => db.select().from(runs).where(isAnyOf(runs.id, ids)))
const previewsOf = prepare(['ids'], (db, { ids }) =>
  db.select().from(actionPreviews).where(isAnyOf(actionPreviews.requestId, ids)),
)
const inBundle = alias(bundledRequests, 'in_bundle')
/** Every request of the bundles in which these requests are. */
const bundlesOf = prepare(['ids'], (db, { ids }) =>
  db
    .select({
      id: askedBundles.id,
      catalogId: askedBundles.catalogId,
      name: askedBundles.name,
      requestId: bundledRequests.requestId,
      cardId: bundledRequests.cardId,
      number: requests.number,
    })
    .from(askedBundles)
    .innerJoin(bundledRequests, eq(bundledRequests.bundleId, askedBundles.id))
    .innerJoin(requests, eq(requests.id, bundledRequests.requestId))
    .where(
      isAmong(
        askedBundles.id,
        db.select({ id: inBundle.bundleId }).from(inBundle).where(isAnyOf(inBundle.requestId, ids)),
      ),
    )
    .orderBy(asc(requests.number)),
)
interface BundleRow {
  readonly id: string
  readonly catalogId: string
  readonly name: string
  readonly requestId: string
  readonly cardId: string
  readonly number: number
}

/** By request. */
function toBundles(rows: readonly BundleRow[]): Map<string, BundlePlace> {
  const placeOf = ({ id, catalogId, name, cardId }: BundleRow): BundlePlace => {
    const together = rows.filter((row) => row.id === id)
    const requests = together.map(({ requestId, number, cardId }) => ({
      id: requestId,
      reference: `AR-${number}` as const,
      cardId,
    }))
    return { id, catalogId, name, cardId, requests }
  }
  return new Map(rows.map((row) => [row.requestId, placeOf(row)]))
}

const engagementsOf = prepare(['ids'], (db, { ids }) => {
  const requesters = db
    .select({ id: accounts.personId })
    .from(accounts)
    .innerJoin(requests, eq(requests.requesterId, accounts.id))
    .where(isAnyOf(requests.id, ids))
  return selectOpenEngagements(db, isAmong(engagements.personId, requesters))
})

function assembler(
  decisions: readonly Decision[],
  grants: ReadonlyMap<string, Grant>,
  accounts: ReadonlyMap<string, Account>,
  engagements: ReadonlyMap<string, Engagement>,
  reviews: ReadonlyMap<string, BreakGlassReview>,
  preApprovals: readonly PreApproval[],
  extended: ReadonlyMap<string, ExtendedLease>,
  extensions: readonly { readonly leaseRequestId: string; readonly extension: RequestedExtension }[],
  tasks: readonly Task[],
  cancelled: ReadonlyMap<string, NonNullable<RequestHistory['cancelledBy']>>,
  calls: readonly ApproverCall[],
  absences: readonly Absence[],
  activities: ReadonlyMap<string, LeaseActivity | null>,
  runs: ReadonlyMap<string, Run>,
  previews: ReadonlyMap<string, Preview>,
  bundles: ReadonlyMap<string, BundlePlace>,
): (request: AccessRequest) => RequestHistory {
  const who = (id: string): Account => {
    const account = accounts.get(id)
    if (!account) throw new Error(`Account ${id} is missing from the snapshot`)
    return account
  }
  const withPeople = (found: PreApproval | undefined): PreApprovalWithPeople | null => {
    if (!found) return null
    const { withdrawal } = found
    const by = withdrawal && { ...withdrawal, by: withdrawal.byId === null ? null : who(withdrawal.byId) }
    return { ...found, maker: who(found.madeById), withdrawal: by }
  }
  const reviewOf = (requestId: string): ReviewWithPeople | null => {
    const review = reviews.get(requestId)
    if (!review) return null
    const { outcome } = review
    return { ...review, outcome: outcome && { ...outcome, reviewer: who(outcome.byId) } }
  }
  const taskOf = (task: Task): TaskWithPeople => {
    const refusal = 'refusal' in task ? task.refusal : null
    return {
      ...task,
      doer: task.status === 'done' ? who(task.doneById) : null,
      refuser: refusal && who(refusal.byId),
    }
  }
  return (request) => {
    const grant = grants.get(request.id) ?? null
    const revokerId = grant && 'revocation' in grant ? grant.revocation.byId : null
    const requester = who(request.requesterId)
    const activity = grant && activities.get(grant.id)
    const bundle = bundles.get(request.id)
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
      extends: extended.get(request.id) ?? null,
      extensions: extensions
        .filter(({ leaseRequestId }) => leaseRequestId === request.id)
        .map(({ extension }) => extension),
      run: runs.get(request.id) ?? null,
      preview: previews.get(request.id) ?? null,
      tasks: grant ? tasks.filter(({ grantId }) => grantId === grant.id).map(taskOf) : [],
      ...(activity && { activity }),
      ...(bundle && { bundle }),
      absences,
      calls: calls.filter(({ requestId }) => requestId === request.id),
      cancelledBy: cancelled.get(request.id) ?? null,
    }
  }
}
