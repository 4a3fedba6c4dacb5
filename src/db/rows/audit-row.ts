import type { AuditAction, AuditEvent, RecordedAuditEvent } from '../../domain/audit-event.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import type { AuditEventRow } from '../schema/audit.ts'
import { ImpossibleRow } from './impossible-row.ts'
import { details, policyResult, readJson } from './json-columns.ts'

const actions: Readonly<Record<AuditAction, true>> = {
  'request.submitted': true,
  'request.refused': true,
  'request.approved': true,
  'request.denied': true,
  'request.cancelled': true,
  'request.expired': true,
  'decision.recorded': true,
  'decision.refused': true,
  'grant.activating': true,
  'grant.activated': true,
  'grant.activation_failed': true,
  'grant.credentials_issued': true,
  'grant.expiry_notified': true,
  'grant.lease_shortened': true,
  'grant.revoking': true,
  'grant.ended': true,
  'grant.revoked': true,
  'grant.revocation_failed': true,
  'grant.revocation_refused': true,
  'account.offboarded': true,
  'audit.queried': true,
  'audit.shared': true,
  'audit.refused': true,
  'refusals.omitted': true,
}

/** Ids of a `bigint` column come as text. */
export type ReadAuditEvent = Omit<AuditEventRow, 'id'> & { id: string }

export function toAuditEvent(row: ReadAuditEvent): RecordedAuditEvent {
  if (!isAction(row.action)) throw new ImpossibleRow('audit_events', row.id, `action is "${row.action}"`)
  const policy =
    row.policy === null ? null : readJson(policyResult, row.policy, 'audit_events', row.id, 'policy')
  return {
    id: Number(row.id),
    at: row.at,
    actor: row.actorId === null ? daypass : actorOf({ id: row.actorId }),
    action: row.action,
    requestId: row.requestId,
    grantId: row.grantId,
    accountId: row.accountId,
    resourceId: row.resourceId,
    entitlementId: row.entitlementId,
    policy,
    details: readJson(details, row.details, 'audit_events', row.id, 'details'),
  }
}

function isAction(text: string): text is AuditAction {
  return Object.hasOwn(actions, text)
}

/** As `jsonb_to_recordset` reads it back into columns. */
export function auditRecord(event: AuditEvent) {
  return {
    at: event.at,
    actor_id: event.actor.kind === 'account' ? event.actor.accountId : null,
    action: event.action,
    request_id: event.requestId,
    grant_id: event.grantId,
    account_id: event.accountId,
    resource_id: event.resourceId,
    entitlement_id: event.entitlementId,
    policy: event.policy,
    details: event.details,
  }
}
