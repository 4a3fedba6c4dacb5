import { randomUUID } from 'node:crypto'
import type { Actor, AuditEvent } from '../../domain/audit-event.ts'
import type { Entitlement } from '../../domain/catalog.ts'
import type { ActivatingGrant, ScheduledGrant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { ClosedRequest, PendingRequest } from '../../domain/request.ts'
import { ofRequest } from './audit-events.ts'
import { orderGrantMessages, orderRequestMessages } from './order-messages.ts'
import { orderTicketWatch } from './order-ticket-watch.ts'

/**
 * Closes the request as approved for this duration, and creates its grant. Orders the activation, or the start where that is
 * planned for later.
 */
export async function approveRequest(
  tx: Transaction,
  request: PendingRequest,
  { entitlement, durationSeconds }: { entitlement: Entitlement; durationSeconds: number },
  actor: Actor,
  now: Date,
  details: AuditEvent['details'] = {},
): Promise<{ request: ClosedRequest; grant: ScheduledGrant | ActivatingGrant }> {
  const approved: ClosedRequest = { ...request, status: 'approved', closedAt: now }
  const { startsAt } = request
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
  return { request: approved, grant }
}

/** Closes an extension as approved for this much more time, and orders that the lease is extended. */
export async function approveExtension(
  tx: Transaction,
  request: PendingRequest,
  grantId: string,
  durationSeconds: number,
  actor: Actor,
  now: Date,
  details: AuditEvent['details'] = {},
): Promise<ClosedRequest> {
  const approved: ClosedRequest = { ...request, status: 'approved', closedAt: now }
  await tx.requests.save(approved)
  await tx.audit.append(ofRequest(approved, 'request.approved', actor, now, { details }))
  const { id: requestId, asksFor } = request
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
