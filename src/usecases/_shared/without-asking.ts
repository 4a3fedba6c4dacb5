import { subHours } from 'date-fns/subHours'
import type { Catalog } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { Permitted } from './assess-request.ts'
import { endOfPreApproval } from './pre-approvals.ts'

/** How a request is approved: by a pre-approval, by rule, or by the owners. */
export interface ApprovedBy {
  /** The result that the request stores. */
  readonly policy: PolicyResult
  readonly preApproval: PreApproval | null
  /** Null: no policy approves it by rule, or a pre-approval comes first. */
  readonly byRule: LeasesByRule | null
}

/** The leases by rule of the person in 24 hours. With none left, the owners decide. */
export interface LeasesByRule {
  readonly limit: number
  /** Before this request. */
  readonly left: number
}

/** Whom and when the decision is for. */
interface Asking {
  readonly requesterId: string
  readonly now: Date
}

/**
 * Decides who is asked: for submitting a request, and for explaining it. A pre-approval comes first, so that it does not count
 * as a lease by rule.
 */
export async function approvedBy(
  tx: Pick<Transaction, 'requests' | 'preApprovals'>,
  { defaults }: Pick<Catalog, 'defaults'>,
  assessed: Permitted,
  asking: Asking,
): Promise<ApprovedBy> {
  const { policy, selfServe, entitlement } = assessed
  const preApproval = await findPreApproval(tx, assessed, asking)
  if (preApproval || !selfServe) return { policy, preApproval, byRule: null }
  const limit = entitlement.selfServePerPersonAndDay ?? defaults.selfServePerPersonAndDay
  const taken = await tx.requests.countByRule(asking.requesterId, subHours(asking.now, 24))
  const byRule = { limit, left: Math.max(0, limit - taken) }
  return { policy: byRule.left > 0 ? selfServe : policy, preApproval, byRule }
}

async function findPreApproval(
  tx: Pick<Transaction, 'preApprovals'>,
  { asker, entitlement, asked: { durationSeconds } }: Permitted,
  { requesterId, now }: Asking,
): Promise<PreApproval | null> {
  const { engagement, facts } = asker
  const named = { resourceId: entitlement.resourceId, entitlementId: entitlement.id }
  const found = (await tx.preApprovals.goodFor(requesterId, named, now)).find(
    (one) =>
      durationSeconds <= one.maxDurationSeconds &&
      endOfPreApproval(one, { entitlement, engagement, kind: facts.kind }, now) === null,
  )
  return found ?? null
}
