import { addSeconds } from 'date-fns/addSeconds'
import type { ApprovalPlan } from '../../domain/approval-plan.ts'
import type { Catalog, Entitlement, Resource } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { NewRequest } from '../../domain/ports.ts'
import type { Asked } from './read-terms.ts'
import { termsOf } from './terms-of.ts'

export interface Draft {
  readonly submissionKey: string
  readonly requesterId: string
  readonly resource: Resource
  readonly entitlement: Entitlement
  /** The approvals that this requester would need. */
  readonly plan: ApprovalPlan
  readonly asked: Asked
  /** The result that decides how the request is approved. */
  readonly policy: PolicyResult
  readonly preApprovalId: string | null
}

/** A request as it is stored first: pending, with the terms of the present catalog. */
export function draftRequest(catalog: Catalog, draft: Draft, now: Date): NewRequest {
  const { resource, entitlement, plan, asked, ...rest } = draft
  return {
    ...rest,
    ...asked,
    status: 'pending',
    asksFor: { kind: 'entitlement', resourceId: resource.id, entitlementId: entitlement.id },
    terms: termsOf(catalog, resource, entitlement, plan),
    submittedAt: now,
    expiresAt: addSeconds(now, catalog.defaults.requestTimeoutSeconds),
  }
}
