import { randomUUID } from 'node:crypto'
import type { Actor, AuditEvent } from '../../domain/audit-event.ts'
import type { Entitlement } from '../../domain/catalog.ts'
import type { ActivatingGrant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { ClosedRequest, PendingRequest } from '../../domain/request.ts'
import { ofRequest } from './audit-events.ts'
import { orderRequestMessages } from './order-messages.ts'

/** Closes the request as approved for this duration, creates its grant, and orders the activation. */
export async function approveRequest(
  tx: Transaction,
  request: PendingRequest,
  { entitlement, durationSeconds }: { entitlement: Entitlement; durationSeconds: number },
  actor: Actor,
  now: Date,
  details: AuditEvent['details'] = {},
): Promise<{ request: ClosedRequest; grant: ActivatingGrant }> {
  const approved: ClosedRequest = { ...request, status: 'approved', closedAt: now }
  const grant: ActivatingGrant = {
    id: randomUUID(),
    requestId: request.id,
    holderId: request.requesterId,
    resourceId: request.asksFor.resourceId,
    entitlementId: request.asksFor.entitlementId,
    approvedContent: entitlement.content,
    durationSeconds,
    generation: 1,
    createdAt: now,
    status: 'activating',
    attempts: 0,
  }
  await tx.requests.save(approved)
  await tx.grants.insert(grant)
  await tx.audit.append(ofRequest(approved, 'request.approved', actor, now, { grantId: grant.id, details }))
  await tx.outbox.add({ kind: 'activate_grant', grantId: grant.id, resourceId: grant.resourceId }, now)
  await redraw(tx, request.id, now)
  return { request: approved, grant }
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
