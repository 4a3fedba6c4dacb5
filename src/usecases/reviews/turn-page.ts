import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import { orderCampaignMessage } from './_campaign/order-messages.ts'

/** Shows another person on the card of this reviewer. It changes nothing but that card. */
export async function turnReviewPage(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { by, campaignId, page }: { by: AccountKey; campaignId: string; page: number },
): Promise<void> {
  const view = await store.campaigns.byId(campaignId, clock.now())
  const isAsked = view?.items.some(({ reviewers }) => reviewers.includes(by.userId))
  if (!isAsked) return
  await store.transaction(async (tx) => {
    const now = clock.now()
    await tx.campaigns.turnTo(campaignId, `reviewer ${by.userId}`, page)
    await orderCampaignMessage(tx, campaignId, { kind: 'reviewer', userId: by.userId }, now)
  })
}

/** Asks the targets at once whether what was to be removed by hand is gone. */
export async function lookAtReviewNow(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  campaignId: string,
): Promise<boolean> {
  const view = await store.campaigns.byId(campaignId, clock.now())
  if (!view) return false
  await store.transaction((tx) =>
    tx.outbox.add({ kind: 'watch_review', campaignId, once: true }, clock.now()),
  )
  return true
}
