import { randomUUID } from 'node:crypto'
import { addSeconds } from 'date-fns/addSeconds'
import type { Actor, AuditEvent } from '../../domain/audit-event.ts'
import type { Entitlement } from '../../domain/catalog.ts'
import type { ActivatingGrant, ScheduledGrant } from '../../domain/grant.ts'
import type { ClosedRequest, PendingRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { WaitingRun } from '../../domain/run.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest } from './audit-events.ts'
import { orderGrantMessages, orderRequestMessages } from './order-messages.ts'
import { orderTicketWatch } from './order-ticket-watch.ts'

/** The state of a request after its approval. */
export type Approved = Pick<RequestHistory, 'request' | 'grant' | 'run'>

interface Approval {
  readonly entitlement: Entitlement
  readonly durationSeconds: number
}

/** Closes the request as approved for this duration, and orders what it asks for. */
export async function approveRequest(
  tx: Transaction,
  request: PendingRequest,
  approval: Approval,
  actor: Actor,
  now: Date,
  details: AuditEvent['details'] = {},
): Promise<Approved> {
  const { asksFor } = request
  const approved: ClosedRequest = { ...request, status: 'approved', closedAt: now }
  switch (asksFor.kind) {
    case 'entitlement':
      return approveAccess(tx, approved, approval, actor, now, details)
    case 'action':
      return approveAction(tx, approved, approval, actor, now, details)
    case 'extension': {
      const { durationSeconds } = approval
      const request = await approveExtension(
        tx,
        approved,
        asksFor.grantId,
        durationSeconds,
        actor,
        now,
        details,
      )
      return { request, grant: null, run: null }
    }
  }
}

/** Creates the grant. Orders the activation, or the start where that is planned for later. */
async function approveAccess(
  tx: Transaction,
  approved: ClosedRequest,
  { entitlement, durationSeconds }: Approval,
  actor: Actor,
  now: Date,
  details: AuditEvent['details'],
): Promise<Approved> {
  const { startsAt, ...request } = approved
  const base = {
    id: randomUUID(),
    requestId: request.id,
    holderId: request.requesterId,
    resourceId: request.asksFor.resourceId,
    entitlementId: request.asksFor.entitlementId,
    approvedContent: entitlement.content,
    durationSeconds,
    generation: 1,
    createdAt: now,
    ...(startsAt && { startsAt }),
  }
  const grant: ScheduledGrant | ActivatingGrant =
    startsAt && startsAt > now
      ? { ...base, status: 'scheduled', startsAt }
      : { ...base, status: 'activating', attempts: 0 }
  await tx.requests.save(approved)
  await tx.grants.insert(grant)
  await tx.audit.append(ofRequest(approved, 'request.approved', actor, now, { grantId: grant.id, details }))
  const order = { grantId: grant.id, resourceId: grant.resourceId }
  if (grant.status === 'scheduled') {
    await tx.outbox.add({ kind: 'start_grant', ...order }, grant.startsAt)
    await orderGrantMessages(tx, grant, ['requester:scheduled'], now)
  } else await tx.outbox.add({ kind: 'activate_grant', ...order }, now)
  await orderTicketWatch(tx, approved, now)
  await redraw(tx, request.id, now)
  return { request: approved, grant, run: null }
}

/** Creates the run of an action, and orders that it begins. It lapses when it does not begin in time. */
async function approveAction(
  tx: Transaction,
  approved: ClosedRequest,
  { durationSeconds }: Approval,
  actor: Actor,
  now: Date,
  details: AuditEvent['details'],
): Promise<Approved> {
  const { id, asksFor } = approved
  const run: WaitingRun = {
    id,
    status: 'waiting',
    approvedAt: now,
    lapsesAt: addSeconds(now, durationSeconds),
  }
  await tx.requests.save(approved)
  await tx.runs.insert(run)
  await tx.audit.append(ofRequest(approved, 'request.approved', actor, now, { details }))
  await tx.outbox.add({ kind: 'run_action', runId: id, resourceId: asksFor.resourceId }, now)
  await redraw(tx, id, now)
  return { request: approved, grant: null, run }
}

/** Orders that the lease is extended by this much more time. */
async function approveExtension(
  tx: Transaction,
  approved: ClosedRequest,
  grantId: string,
  durationSeconds: number,
  actor: Actor,
  now: Date,
  details: AuditEvent['details'],
): Promise<ClosedRequest> {
  await tx.requests.save(approved)
  await tx.audit.append(ofRequest(approved, 'request.approved', actor, now, { details }))
  const { id: requestId, asksFor } = approved
  const order = { grantId, requestId, durationSeconds, resourceId: asksFor.resourceId }
  await tx.outbox.add({ kind: 'extend_grant', ...order }, now)
  await redraw(tx, requestId, now)
  return approved
}

/** Closes a request without a grant. */
export async function closeRequest(
  tx: Transaction,
  request: PendingRequest,
  status: 'denied' | 'cancelled' | 'expired',
  actor: Actor,
  now: Date,
): Promise<ClosedRequest> {
  const closed: ClosedRequest = { ...request, status, closedAt: now }
  await tx.requests.save(closed)
  await tx.audit.append(ofRequest(closed, `request.${status}`, actor, now))
  await redraw(tx, request.id, now)
  await orderRequestMessages(tx, request.id, ['requester:closed', 'thread:closed'], now)
  return closed
}

/** Orders an edit of the messages that show the pending request, so that they show its new state. */
export async function redraw(tx: Transaction, requestId: string, now: Date): Promise<void> {
  await orderRequestMessages(tx, requestId, ['card', 'requester:submitted'], now)
}
