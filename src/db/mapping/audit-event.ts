import {
  type AuditEvent,
  actorOf,
  auditActions,
  daypass,
  type RecordedAuditEvent,
} from '../../domain/audit-event.ts'
import type { Json } from '../../domain/json.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Subject } from '../../domain/subject.ts'
import type { AuditEventRow, NewAuditEventRow } from '../schema/audit.ts'
import { ImpossibleRow } from './impossible-row.ts'
import { details, policyResult, readJson } from './stored-json.ts'

export function toAuditEvent(row: AuditEventRow): RecordedAuditEvent {
  const id = String(row.id)
  if (!auditActions.includes(row.action))
    throw new ImpossibleRow('audit_events', id, `action is "${row.action}"`)
  const policy = row.policy === null ? null : readJson(policyResult, row.policy, 'audit_events', id, 'policy')
  return {
    id: row.id,
    at: row.at,
    actor: row.actorId === null ? daypass : actorOf({ id: row.actorId }),
    action: row.action,
    subject: subjectOf(row),
    requestId: row.requestId,
    grantId: row.grantId,
    accountId: row.accountId,
    resourceId: row.resourceId,
    entitlementId: row.entitlementId,
    policy,
    details: readJson(details, row.details, 'audit_events', id, 'details'),
  }
}

function subjectOf({ subjectKind, subjectId }: AuditEventRow): Subject | null {
  return subjectKind === null || subjectId === null ? null : { kind: subjectKind, id: subjectId }
}

/**
 * The request and the decision keep the facts of their results. A refused request has no row, so its event keeps them, but for
 * the ticket: it is text of a person, and could not be erased here.
 */
function keptResult({ basis, ...result }: PolicyResult, action: AuditEvent['action']): PolicyResult {
  if (!basis) return result
  const { facts, ...rest } = basis
  if (action !== 'request.refused' || !isRecord(facts)) return { ...result, basis: rest }
  const ticket = facts.ticket === null ? {} : { ticket: null, withheld: ['ticket'] }
  return { ...result, basis: { ...rest, facts: { ...facts, ...ticket } } }
}

function isRecord(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

export function auditRow({ actor, subject, said: _, ...event }: AuditEvent): NewAuditEventRow {
  return {
    ...event,
    policy: event.policy && keptResult(event.policy, event.action),
    actorId: actor.kind === 'account' ? actor.accountId : null,
    subjectKind: subject?.kind ?? null,
    subjectId: subject?.id ?? null,
  }
}
