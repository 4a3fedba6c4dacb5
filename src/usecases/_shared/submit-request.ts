import type { Account } from '../../domain/account.ts'
import { type AuditEvent, actorOf, daypass } from '../../domain/audit-event.ts'
import type { Catalog, Entitlement } from '../../domain/catalog.ts'
import { freshHistory } from '../../domain/fresh-history.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { PendingRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { askOwners } from './ask-owners.ts'
import type { Permitted } from './assess-request.ts'
import { ofRequest, saidInRequest } from './audit-events.ts'
import { ticketDetails } from './check-ticket.ts'
import { approveRequest } from './close-request.ts'
import { draftRequest } from './draft-request.ts'
import { orderPreview } from './order-preview.ts'
import { proofDetails } from './proofs.ts'
import { joinSharedNotice } from './shared-notice.ts'
import { approvedBy } from './without-asking.ts'

/** How a permitted request is submitted. */
export interface Submission {
  readonly submissionKey: string
  readonly requester: Account
  /** The pre-approval that approves it. Null: none does. */
  readonly covering: PreApproval | null
  readonly proof?: Proof | undefined
  /** More for its audit event. */
  readonly details?: AuditEvent['details']
  readonly now: Date
}

export interface SubmittedRequest {
  readonly history: RequestHistory
  /** The limit on leases by rule, where it is the reason why the owners are asked. Otherwise null. */
  readonly reachedLimit: number | null
}

/** Stores the request, and approves it now if nobody has to be asked, or asks the owners. Null: this submission stored one before. */
export async function submitRequest(
  tx: Transaction,
  catalog: Catalog,
  assessed: Permitted,
  { submissionKey, requester, covering, proof, details: more = {}, now }: Submission,
): Promise<SubmittedRequest | null> {
  const { resource, entitlement, plan, asked } = assessed
  const { id: requesterId } = requester
  const { policy, preApproval, byRule } = await approvedBy(tx, catalog, assessed, covering, {
    requesterId,
    now,
  })
  const reachedLimit = byRule?.left === 0 ? byRule.limit : null
  const draft = {
    submissionKey,
    requesterId,
    resource,
    entitlement,
    plan,
    asked,
    policy,
    preApprovalId: preApproval?.id ?? null,
  }
  const request = await tx.requests.insert(draftRequest(catalog, draft, now))
  if (!request) return null
  const byLimit = reachedLimit === null ? {} : { self_serve_limit: reachedLimit }
  const details = { ...byLimit, ...(preApproval ? { pre_approval: preApproval.reference } : {}) }
  const rest = {
    policy: request.policy,
    details: { ...details, ...more, ...ticketDetails(request), ...proofDetails(proof) },
    said: saidInRequest(request),
  }
  await tx.audit.append(ofRequest(request, 'request.submitted', actorOf(requester), now, rest))
  const by = { requester, engagement: assessed.asker.engagement }
  return { history: await announce(tx, catalog, request, by, entitlement, details), reachedLimit }
}

/** Approves it now if nobody has to be asked, or asks the owners. */
async function announce(
  tx: Transaction,
  catalog: Catalog,
  request: PendingRequest,
  by: Pick<RequestHistory, 'requester' | 'engagement'>,
  entitlement: Entitlement,
  details: AuditEvent['details'],
): Promise<RequestHistory> {
  const now = request.submittedAt
  if (request.how !== 'approval') {
    const { durationSeconds } = request
    const approved = await approveRequest(tx, request, { entitlement, durationSeconds }, daypass, now, {
      how: request.how,
      ...details,
    })
    // Each run has a card of its own, which tells what became of it.
    if (request.asksFor.kind !== 'action') await joinSharedNotice(tx, catalog, request)
    return { ...freshHistory(approved.request, by), ...approved }
  }
  if (request.asksFor.kind === 'action') await orderPreview(tx, request)
  else await askOwners(tx, catalog, request)
  return freshHistory(request, by)
}
