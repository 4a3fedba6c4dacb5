import type { Campaign, CampaignItem, CampaignMessage } from '../../../domain/campaign.ts'
import type { Transaction } from '../../../domain/transaction.ts'

/** Orders a message about a campaign: it is posted, or edited where something has changed. */
export async function orderCampaignMessage(
  tx: Transaction,
  campaignId: string,
  message: CampaignMessage,
  at: Date,
): Promise<void> {
  await tx.outbox.add({ kind: 'tell_review', campaignId, message }, at)
}

/** Orders the cards of everybody who is asked about these items, and what security and owners read. */
export async function redrawCampaign(
  tx: Transaction,
  { id, closedAt }: Pick<Campaign, 'id' | 'closedAt'>,
  items: readonly Pick<CampaignItem, 'kind' | 'reviewers' | 'resourceId' | 'decision'>[],
  at: Date,
): Promise<void> {
  for (const userId of new Set(items.flatMap(({ reviewers }) => reviewers)))
    await orderCampaignMessage(tx, id, { kind: 'reviewer', userId }, at)
  const removals = items.filter(({ kind, decision }) => kind === 'standing' && decision?.verdict === 'end')
  for (const resourceId of new Set(removals.flatMap(({ resourceId }) => resourceId ?? [])))
    await orderCampaignMessage(tx, id, { kind: 'removal', resourceId }, at)
  await orderCampaignMessage(tx, id, { kind: 'security' }, at)
  if (closedAt) await orderCampaignMessage(tx, id, { kind: 'closed' }, at)
}
