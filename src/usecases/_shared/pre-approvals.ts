import { isDeepStrictEqual } from 'node:util'
import { type ApprovalPlan, approvalsIn, planFor } from '../../domain/approval-plan.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { type Engagement, holdsAt } from '../../domain/engagement.ts'
import type { PersonKind } from '../../domain/person.ts'
import type { PreApproval, PreApprovalEnd } from '../../domain/pre-approval.ts'
import type { Terms } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'

/** The present facts that a pre-approval depends on. Null: the catalog no longer offers it, or the person has no engagement. */
export interface PresentFacts {
  readonly entitlement: Entitlement | null
  readonly engagement: Engagement | null
  readonly kind: PersonKind
}

/** Why it is no longer good at `now`. Null: it is good. Postgres refuses the same (`pre_approval_covers`). */
export function endOfPreApproval(
  { withdrawal, goodThrough, engagementId, terms }: PreApproval & { readonly terms: Terms },
  { entitlement, engagement, kind }: PresentFacts,
  now: Date,
): PreApprovalEnd | null {
  if (withdrawal) return 'withdrawn'
  if (now >= goodThrough) return 'over'
  const holding = engagement && holdsAt(engagement, now) ? engagement.id : null
  if (engagementId !== holding) return 'engagement_ended'
  return entitlement && isSame(terms, entitlement, kind) ? null : 'changed'
}

/** Whether the pre-approval that was made from this request is good at `now`. */
export function isGoodPreApproval(
  { request, requester, engagement, madePreApproval }: RequestHistory,
  resource: Resource | null,
  now: Date,
): boolean {
  if (!madePreApproval) return false
  const entitlement = resource?.entitlements.get(request.asksFor.entitlementId) ?? null
  return (
    endOfPreApproval(
      { ...madePreApproval, terms: request.terms },
      { entitlement, engagement, kind: requester.kind },
      now,
    ) === null
  )
}

function isSame(terms: Terms, entitlement: Entitlement, kind: PersonKind): boolean {
  return (
    mayBePreApproved(planFor(entitlement.approvals, kind)) &&
    terms.risk === entitlement.risk &&
    isDeepStrictEqual(terms.content, entitlement.content)
  )
}

/** Only what one approval is enough for. Several approvers would all have to agree to each use in advance. */
export function mayBePreApproved(plan: ApprovalPlan | null): boolean {
  return plan !== null && approvalsIn(plan) === 1
}
