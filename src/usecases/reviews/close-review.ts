import { type Actor, actorOf, daypass, type Json } from '../../domain/audit-event.ts'
import type { Campaign } from '../../domain/campaign.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { ofCampaign } from './_campaign/events.ts'

export type CloseAnswer =
  | { readonly kind: 'closing' | 'closed_before'; readonly campaign: Campaign }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' }

/** A security lead closes a review now, as at its deadline; the leads get no more time. Throws `DirectoryUnavailable`. */
export async function closeReviewNow(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by, reference }: { by: AccountKey; reference: string },
): Promise<CloseAnswer> {
  const { store, clock } = ports
  const { person, isLead } = await identifyLead(ports, by)
  const view = await store.campaigns.byReference(reference, clock.now())
  if (!isLead) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofCampaign(view?.campaign ?? nothing, 'review.refused', actor, at, { wanted: 'close' }),
    )
    return { kind: 'refused' }
  }
  if (!view) return { kind: 'unknown' }
  return store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    return close(tx, view.campaign.id, actorOf(account), clock.now())
  })
}

const nothing = { id: 'unknown', reference: 'RV-0' } as const

/** The same for somebody with the configuration of this installation. `by` is their name on the machine. */
export async function closeReviewHere(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { by, reference }: { by: string; reference: string },
): Promise<CloseAnswer> {
  const view = await store.campaigns.byReference(reference, clock.now())
  if (!view) return { kind: 'unknown' }
  return store.transaction((tx) => close(tx, view.campaign.id, daypass, clock.now(), { on_the_machine: by }))
}

/** The watch of the review does it. */
async function close(
  tx: Transaction,
  campaignId: string,
  actor: Actor,
  now: Date,
  details: Record<string, Json> = {},
): Promise<CloseAnswer> {
  const campaign = await tx.campaigns.lock(campaignId)
  if (!campaign) return { kind: 'unknown' }
  if (campaign.closedAt || campaign.closingAt) return { kind: 'closed_before', campaign }
  const closing = { ...campaign, closingAt: now }
  await tx.campaigns.save(closing)
  await tx.audit.append(ofCampaign(campaign, 'review.closing', actor, now, details))
  await tx.outbox.add({ kind: 'watch_review', campaignId, once: true }, now)
  return { kind: 'closing', campaign: closing }
}
