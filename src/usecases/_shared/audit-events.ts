import type { Actor, AuditAction, AuditEvent, Json } from '../../domain/audit-event.ts'
import type { Evidence } from '../../domain/connector.ts'
import type { Grant } from '../../domain/grant.ts'
import { type SaidText, said } from '../../domain/record/said-text.ts'
import type { AccessRequest } from '../../domain/request.ts'
import type { Subject } from '../../domain/subject.ts'

type Rest = Partial<Pick<AuditEvent, 'policy' | 'details' | 'grantId' | 'said'>>

/** An event about a request. */
export function ofRequest(
  request: AccessRequest,
  action: AuditAction,
  actor: Actor,
  at: Date,
  rest: Rest = {},
): AuditEvent {
  const ids = {
    subject: { kind: 'request', id: request.id },
    requestId: request.id,
    grantId: null,
    accountId: request.requesterId,
    resourceId: request.asksFor.resourceId,
    entitlementId: request.asksFor.entitlementId,
  } as const
  return { at, actor, action, ...ids, ...nothingElse, ...rest }
}

/** What a requester typed. */
export function saidInRequest({ id, justification, ticket, asksFor }: AccessRequest): SaidText[] {
  const action_text = asksFor.kind === 'action' ? asksFor.action.text : null
  return said(id, { justification, ticket, action_text })
}

/** An event about a grant. */
export function ofGrant(
  grant: Grant,
  action: AuditAction,
  actor: Actor,
  at: Date,
  rest: Rest = {},
): AuditEvent {
  const { id, requestId, holderId: accountId, resourceId, entitlementId } = grant
  const ids = { requestId, grantId: id, accountId, resourceId, entitlementId }
  return { at, actor, action, subject: { kind: 'grant', id }, ...ids, ...nothingElse, ...rest }
}

/** A read-back, as the audit log stores it. */
export function evidenceDetails({ summary, facts, proof, residualUntil, remains }: Evidence): Json {
  return {
    summary,
    facts,
    ...(proof ? { proof } : {}),
    ...(residualUntil
      ? { residual_until: residualUntil.at?.toISOString() ?? null, residual_access: residualUntil.what }
      : {}),
    ...(remains === undefined ? {} : { remains }),
  }
}

const nothingElse = { policy: null, details: {} } as const

/** The ids of an event that is about neither a request nor a grant. */
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
