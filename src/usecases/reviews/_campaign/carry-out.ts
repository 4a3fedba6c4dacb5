import type { Account } from '../../../domain/account.ts'
import { actorOf, daypass } from '../../../domain/audit-event.ts'
import type { Campaign, CampaignItem, ItemVerdict } from '../../../domain/campaign.ts'
import { isToBeTakenBack } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { orderRevocation } from '../../_shared/begin-revocation.ts'
import { shortenLease } from '../../_shared/shorten-leases.ts'
import { withdrawOne } from '../../_shared/withdraw-one.ts'
import { endEngagement, moveEnd } from '../../people/_engagements/change-engagement.ts'
import { ofItem } from './events.ts'
import { redrawCampaign } from './order-messages.ts'

export interface Decided {
  readonly verdict: ItemVerdict
  /** Null: nobody decided in time. */
  readonly by: Account | null
  readonly reason: string | null
  readonly until: Date | null
}

/**
 * Records a decision about an open item and does what it says, in this transaction, which holds the lock of the campaign. `over`: the
 * item ended before that. `not_shorter`: it ends before the new end, or has not begun.
 */
export async function carryOut(
  ports: Pick<Ports, 'catalog' | 'clock'>,
  tx: Transaction,
  campaign: Campaign,
  item: CampaignItem,
  { verdict, by, reason, until }: Decided,
): Promise<'done' | 'over' | 'not_shorter'> {
  const at = ports.clock.now()
  const why = reason ?? (by ? null : `Nobody decided in the access review ${campaign.reference} in time.`)
  const outcome = await change(ports, tx, item, { verdict, by, until, reason: why }, at)
  if (outcome !== 'done') return outcome
  await tx.campaigns.decide(item.id, {
    ...{ verdict, at, reason, until },
    by: by && { id: by.id, userId: by.userId, personId: by.personId },
  })
  const details = {
    verdict,
    until: until?.toISOString() ?? null,
    by_rule: by === null,
    last_use: lastUse(item),
  }
  const actor = by ? actorOf(by) : daypass
  await tx.audit.append(ofItem(campaign, item, 'review.decided', actor, at, { details, reason }))
  const decision = { verdict, at, by: null, reason, until }
  await redrawCampaign(tx, campaign, [{ ...item, decision }], at)
  return 'done'
}

function lastUse({ use, lastUsedAt }: CampaignItem): string {
  return lastUsedAt?.toISOString() ?? use
}

async function change(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  item: CampaignItem,
  { verdict, by, until, reason }: Decided,
  at: Date,
): Promise<'done' | 'over' | 'not_shorter'> {
  if (item.gone) return 'over'
  const actor = by ? actorOf(by) : daypass
  if (item.grantId !== null) {
    const grant = await tx.grants.lock(item.grantId)
    if (!isToBeTakenBack(grant)) return 'over'
    if (verdict === 'end') {
      const revocation = { cause: 'revoked', byId: by?.id ?? null, reason, startedAt: at } as const
      await orderRevocation(tx, grant, revocation, actor)
    }
    if (verdict === 'shorten' && until) {
      if (grant.status !== 'active' || grant.lease.endsAt <= until) return 'not_shorter'
      await shortenLease(ports, tx, grant, { endsAt: until, actor, now: at })
    }
    return 'done'
  }
  if (item.preApprovalId !== null) {
    const open = await tx.preApprovals.lock(item.preApprovalId)
    if (!open || open.withdrawal || open.goodThrough <= at) return 'over'
    if (verdict === 'end') await withdrawOne(tx, open, { by, at, policy: null })
    return 'done'
  }
  if (item.engagementId !== null) {
    const engagement = await tx.engagements.lock(item.engagementId)
    if (!engagement || engagement.endedAt !== null || engagement.endsAt <= at) return 'over'
    if (verdict === 'end') await endEngagement(tx, engagement, by, at)
    if (verdict === 'shorten' && until) {
      if (engagement.endsAt <= until) return 'not_shorter'
      await moveEnd(ports, tx, engagement, until, actor, at)
    }
  }
  return 'done'
}
