import type { BreakGlassReview, ReviewOutcome } from '../../domain/break-glass.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { BreakGlassReviewRow } from '../schema/break-glass.ts'
import type { PreApprovalRow } from '../schema/requests.ts'
import { required } from './impossible-row.ts'
import { policyResult, readJson } from './stored-json.ts'

export function toReview(row: BreakGlassReviewRow): BreakGlassReview {
  const { requestId, openedAt, dueAt } = row
  return { requestId, openedAt, dueAt, outcome: outcomeOf(row) }
}

function outcomeOf(row: BreakGlassReviewRow): ReviewOutcome | null {
  const { requestId: id, reviewedAt, reviewedById, verdict, finding } = row
  if (reviewedAt === null) return null
  const table = 'break_glass_reviews'
  return {
    at: reviewedAt,
    byId: required(reviewedById, table, id, 'reviewed_by_id'),
    verdict: required(verdict, table, id, 'verdict'),
    finding: required(finding, table, id, 'finding'),
    policy: readJson(policyResult, row.policy, table, id, 'policy'),
  }
}

export function toPreApproval(row: PreApprovalRow): PreApproval {
  const { id, number, requestId, madeById, madeAt, goodThrough, maxDurationSeconds, reason, engagementId } =
    row
  const { withdrawnAt: at, withdrawnById: byId } = row
  return {
    id,
    reference: `PA-${number}`,
    requestId,
    madeById,
    madeAt,
    goodThrough,
    maxDurationSeconds,
    reason,
    engagementId,
    policy: readJson(policyResult, row.policy, 'pre_approvals', id, 'policy'),
    withdrawal: at === null ? null : { at, byId },
  }
}
