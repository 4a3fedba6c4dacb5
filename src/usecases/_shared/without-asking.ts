import { subHours } from 'date-fns/subHours'
import type { Catalog } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { Transaction } from '../../domain/transaction.ts'
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
 * Decides who is asked: for submitting a request, and for explaining it. A pre-approval (`findPreApproval`) comes first, so that
 * it does not count as a lease by rule.
 */
export async function approvedBy(
  tx: Pick<Transaction, 'requests'>,
  { defaults }: Pick<Catalog, 'defaults'>,
  assessed: Permitted,
  preApproval: PreApproval | null,
  asking: Asking,
): Promise<ApprovedBy> {
  if (preApproval) return { policy: assessed.policy, preApproval, byRule: null }
  return approvedByRule(tx, { defaults }, assessed, asking)
}

/** The same without pre-approvals: for an extension, which counts as one more lease by rule. */
export async function approvedByRule(
  tx: Pick<Transaction, 'requests'>,
  { defaults }: Pick<Catalog, 'defaults'>,
  { policy, selfServe, entitlement }: Permitted,
  asking: Asking,
): Promise<ApprovedBy> {
  if (!selfServe) return { policy, preApproval: null, byRule: null }
  const limit = entitlement.selfServePerPersonAndDay ?? defaults.selfServePerPersonAndDay
  const taken = await tx.requests.countByRule(asking.requesterId, subHours(asking.now, 24))
  const byRule = { limit, left: Math.max(0, limit - taken) }
  return { policy: byRule.left > 0 ? selfServe : policy, preApproval: null, byRule }
}

/** The pre-approval that approves this request. Null: none does. */
export async function findPreApproval(
  tx: Pick<Transaction, 'preApprovals'>,
  { asker, entitlement, asked: { durationSeconds, startsAt } }: Permitted,
  now: Date,
): Promise<PreApproval | null> {
  const { account, engagement, facts } = asker
  const named = { resourceId: entitlement.resourceId, entitlementId: entitlement.id }
  const found = (await tx.preApprovals.goodFor(account, named, now)).find(
    (one) =>
      durationSeconds <= one.maxDurationSeconds &&
      endOfPreApproval(one, { entitlement, engagement, kind: facts.kind }, startsAt ?? now) === null,
  )
  return found ?? null
}
