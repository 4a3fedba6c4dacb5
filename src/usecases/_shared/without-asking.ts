import { subHours } from 'date-fns/subHours'
import type { Catalog, Entitlement } from '../../domain/catalog.ts'
import type { Engagement } from '../../domain/engagement.ts'
import type { PersonKind } from '../../domain/person.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import { endOfPreApproval } from './pre-approvals.ts'

/** How a request is approved: by a pre-approval, by rule, or by the owners. */
export interface ApprovedBy {
  /** The result that the request stores. */
  readonly policy: PolicyResult
  readonly preApproval: PreApproval | null
  /** The limit on leases by rule, where it is the reason why the owners are asked. Otherwise null. */
  readonly reachedLimit: number | null
}

interface Asking {
  readonly requesterId: string
  readonly engagement: Engagement | null
  readonly kind: PersonKind
  readonly entitlement: Entitlement
  readonly durationSeconds: number
  /** The result of `request`, which permits it. */
  readonly policy: PolicyResult
  /** The result of `selfServe`. Null: no policy approves anything by rule. */
  readonly selfServe: PolicyResult | null
  readonly now: Date
}

/** Decides who is asked. A pre-approval comes first, so that it does not count as a lease by rule. */
export async function approvedBy(
  tx: Pick<Transaction, 'requests' | 'preApprovals'>,
  { defaults }: Pick<Catalog, 'defaults'>,
  { policy, selfServe, ...asking }: Asking,
): Promise<ApprovedBy> {
  const preApproval = await findPreApproval(tx, asking)
  if (preApproval || !selfServe?.allowed) return { policy, preApproval, reachedLimit: null }
  const { requesterId, entitlement, now } = asking
  const limit = entitlement.selfServePerPersonAndDay ?? defaults.selfServePerPersonAndDay
  const taken = await tx.requests.countByRule(requesterId, subHours(now, 24))
  return taken < limit
    ? { policy: selfServe, preApproval, reachedLimit: null }
    : { policy, preApproval, reachedLimit: limit }
}

async function findPreApproval(
  tx: Pick<Transaction, 'preApprovals'>,
  { requesterId, engagement, kind, entitlement, durationSeconds, now }: Omit<Asking, 'policy' | 'selfServe'>,
): Promise<PreApproval | null> {
  const asked = { resourceId: entitlement.resourceId, entitlementId: entitlement.id }
  const found = (await tx.preApprovals.goodFor(requesterId, asked, now)).find(
    (one) =>
      durationSeconds <= one.maxDurationSeconds &&
      endOfPreApproval(one, { entitlement, engagement, kind }, now) === null,
  )
  return found ?? null
}
