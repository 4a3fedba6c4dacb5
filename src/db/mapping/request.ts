import { getTableColumns, sql } from 'drizzle-orm'
import type { LeaseExtension } from '../../domain/lease-extension.ts'
import type { AccessRequest, AskedFor, Decision } from '../../domain/request.ts'
import { accounts } from '../schema/accounts.ts'
import type { LeaseExtensionRow } from '../schema/lease-extensions.ts'
import { type DecisionRow, decisions, type RequestRow } from '../schema/requests.ts'
import { required } from './impossible-row.ts'
import { exactAction, policyResult, readJson, terms, ticketCheck } from './stored-json.ts'

export function toRequest(row: RequestRow): AccessRequest {
  const { status } = row
  const base = {
    id: row.id,
    reference: `AR-${row.number}` as const,
    requesterId: row.requesterId,
    asksFor: askedFor(row),
    terms: readJson(terms, row.terms, 'requests', row.id, 'terms'),
    durationSeconds: row.durationSeconds,
    startsAt: row.startsAt,
    justification: row.justification,
    ticket: row.ticket,
    ticketCheck:
      row.ticketCheck === null
        ? null
        : readJson(ticketCheck, row.ticketCheck, 'requests', row.id, 'ticket_check'),
    policy: readJson(policyResult, row.policy, 'requests', row.id, 'policy'),
    how: row.how,
    preApprovalId: row.preApprovalId,
    submittedAt: row.submittedAt,
    expiresAt: row.expiresAt,
  }
  if (status === 'pending') return { ...base, status }
  return { ...base, status, closedAt: required(row.closedAt, 'requests', row.id, 'closed_at') }
}

function askedFor({
  id,
  asksForKind: kind,
  resourceId,
  entitlementId,
  extendsGrantId,
  action,
}: RequestRow): AskedFor {
  const named = { resourceId, entitlementId }
  if (kind === 'entitlement') return { kind, ...named }
  if (kind === 'action')
    return { kind, ...named, action: readJson(exactAction, action, 'requests', id, 'action') }
  return { kind, ...named, grantId: required(extendsGrantId, 'requests', id, 'extends_grant_id') }
}

export function toExtension({
  requestId,
  grantId,
  fromEndsAt,
  endsAt,
  at,
  failure,
}: LeaseExtensionRow): LeaseExtension {
  return { requestId, grantId, fromEndsAt, endsAt, at, failure }
}

/** The columns of a decision, with the person whom the account of the approver has now. For a join with `accounts`. */
export const decisionColumns = {
  ...getTableColumns(decisions),
  approverPerson: sql<string>`${accounts.personId}::text`,
}

export function toDecision(row: DecisionRow): Decision {
  const id = `${row.requestId}/${row.approverId}`
  return {
    requestId: row.requestId,
    approverId: row.approverId,
    approverPerson: row.approverPerson,
    verdict: row.verdict,
    stage: row.stage,
    countsAs: row.countsAs,
    durationSeconds: row.durationSeconds,
    reason: row.reason,
    policy: readJson(policyResult, row.policy, 'decisions', id, 'policy'),
    stepUpId: row.stepUpId,
    decidedAt: row.decidedAt,
  }
}
