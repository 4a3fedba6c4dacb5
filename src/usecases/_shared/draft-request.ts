import { addSeconds } from 'date-fns/addSeconds'
import { min } from 'date-fns/min'
import type { ApprovalPlan } from '../../domain/approval-plan.ts'
import type { Catalog, Entitlement, Resource } from '../../domain/catalog.ts'
import { plannedEnd } from '../../domain/grant.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { AskedFor } from '../../domain/request.ts'
import type { NewRequest } from '../../domain/transaction.ts'
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
  /** Of an extension: the lease as it is now. Absent: it asks for access. */
  readonly extended?: { readonly grantId: string; readonly endsAt: Date }
}

/** A request as it is stored first: pending, with the terms of the present catalog. */
export function draftRequest(catalog: Catalog, draft: Draft, now: Date): NewRequest {
  const { resource, entitlement, plan, asked, extended, ...rest } = draft
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  const timeout = addSeconds(now, catalog.defaults.requestTimeoutSeconds)
  const { action, ...terms } = asked
  const { startsAt, durationSeconds } = terms
  // Nobody decides about a lease whose planned time is over, or about more time for a lease that is over.
  const over = extended?.endsAt ?? (startsAt && plannedEnd(startsAt, durationSeconds))
  return {
    ...rest,
    ...terms,
    status: 'pending',
    asksFor: askedFor(named, extended, action),
    terms: termsOf(catalog, resource, entitlement, plan),
    submittedAt: now,
    expiresAt: over ? min([timeout, over]) : timeout,
  }
}

function askedFor(
  named: Pick<AskedFor, 'resourceId' | 'entitlementId'>,
  extended: Draft['extended'],
  action: Asked['action'],
): AskedFor {
  if (extended) return { kind: 'extension', ...named, grantId: extended.grantId }
  return action ? { kind: 'action', ...named, action } : { kind: 'entitlement', ...named }
}
