import type { LeaseActivity } from '../../activity.ts'
import type { LeaseUse, NoticingFacts } from '../facts.ts'
import type { Occasion } from '../rule.ts'

/** The lease of an occasion, whose use was seen. */
export interface UsedLease extends LeaseUse {
  readonly activity: LeaseActivity
  readonly grantId: string
  readonly holderId: string
  /** Of the person and of what they hold. */
  readonly subject: string
}

/** Null: it is about no lease, or nobody could look at its use. */
export async function leaseOf(
  { grantId, accountId, resourceId, entitlementId }: Occasion,
  facts: NoticingFacts,
): Promise<UsedLease | null> {
  if (grantId === null || accountId === null) return null
  const lease = await facts.lease(grantId)
  if (!lease?.activity || lease.activity.looks === 0) return null
  const subject = `${accountId} ${resourceId}/${entitlementId}`
  return { ...lease, activity: lease.activity, grantId, holderId: accountId, subject }
}

/** The events and looks that show the use of a lease. */
export const whenUseIsSeen = { on: ['grant.activity_recorded'], isLive: true } as const
