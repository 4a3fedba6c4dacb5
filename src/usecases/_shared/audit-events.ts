import type { Actor, AuditAction, AuditEvent } from '../../domain/audit-event.ts'
import type { Grant } from '../../domain/grant.ts'
import type { AccessRequest } from '../../domain/request.ts'
import type { Subject } from '../../domain/subject.ts'

type Rest = Partial<Pick<AuditEvent, 'policy' | 'details' | 'grantId'>>

/** One fact about a request. */
export function ofRequest(
  request: AccessRequest,
  action: AuditAction,
  actor: Actor,
  at: Date,
  rest: Rest = {},
): AuditEvent {
  return {
    at,
    actor,
    action,
    subject: { kind: 'request', id: request.id },
    requestId: request.id,
    grantId: null,
    accountId: request.requesterId,
    resourceId: request.asksFor.resourceId,
    entitlementId: request.asksFor.entitlementId,
    policy: null,
    details: {},
    ...rest,
  }
}

/** One fact about a grant. */
export function ofGrant(
  grant: Grant,
  action: AuditAction,
  actor: Actor,
  at: Date,
  rest: Rest = {},
): AuditEvent {
  return {
    at,
    actor,
    action,
    subject: { kind: 'grant', id: grant.id },
    requestId: grant.requestId,
    grantId: grant.id,
    accountId: grant.holderId,
    resourceId: grant.resourceId,
    entitlementId: grant.entitlementId,
    policy: null,
    details: {},
    ...rest,
  }
}

/** What a fact refers to that is about no request and no grant. */
export function ofNoRequest(subject: Subject | null) {
  return {
    subject,
    requestId: null,
    grantId: null,
    accountId: null,
    resourceId: null,
    entitlementId: null,
    policy: null,
  } as const
}
