import { getTableColumns, sql } from 'drizzle-orm'
import type { AccessRequest, Decision } from '../../domain/request.ts'
import { accounts } from '../schema/accounts.ts'
import { type DecisionRow, decisions, type RequestRow } from '../schema/requests.ts'
import { required } from './impossible-row.ts'
import { policyResult, readJson, terms } from './stored-json.ts'

export function toRequest(row: RequestRow): AccessRequest {
  const { status } = row
  const base = {
    id: row.id,
    reference: `AR-${row.number}` as const,
    requesterId: row.requesterId,
    asksFor: { kind: row.asksForKind, resourceId: row.resourceId, entitlementId: row.entitlementId },
    terms: readJson(terms, row.terms, 'requests', row.id, 'terms'),
    durationSeconds: row.durationSeconds,
    justification: row.justification,
    ticket: row.ticket,
    policy: readJson(policyResult, row.policy, 'requests', row.id, 'policy'),
    how: row.how,
    preApprovalId: row.preApprovalId,
    submittedAt: row.submittedAt,
    expiresAt: row.expiresAt,
  }
  if (status === 'pending') return { ...base, status }
  return { ...base, status, closedAt: required(row.closedAt, 'requests', row.id, 'closed_at') }
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
    decidedAt: row.decidedAt,
  }
}
