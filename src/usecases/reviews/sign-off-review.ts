import { actorOf } from '../../domain/audit-event.ts'
import { type Campaign, type CampaignView, countItems } from '../../domain/campaign.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { ofCampaign } from './_campaign/events.ts'
import { redrawCampaign } from './_campaign/order-messages.ts'

/** `decided_in_it`, `has_items`: the lead would judge their own work, or a review of their own access. */
export type WhyNotSign = 'not_a_lead' | 'decided_in_it' | 'has_items'

export type SignOffAnswer =
  | { readonly kind: 'signed_off' | 'signed_before' | 'still_open'; readonly campaign: Campaign }
  | { readonly kind: 'refused'; readonly because: WhyNotSign }
  | { readonly kind: 'unknown' }

/**
 * A security lead who decided nothing in a closed review, and had nothing in it, says that it is complete. Throws
 * `DirectoryUnavailable`.
 */
export async function signOffReview(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by, campaignId }: { by: AccountKey; campaignId: string },
): Promise<SignOffAnswer> {
  const { store, clock } = ports
  const view = await store.campaigns.byId(campaignId, clock.now())
  if (!view) return { kind: 'unknown' }
  const { person, isLead } = await identifyLead(ports, by)
  const because = isLead ? partIn(view, person) : 'not_a_lead'
  if (because) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofCampaign(view.campaign, 'review.refused', actor, at, { wanted: 'sign_off', because }),
    )
    return { kind: 'refused', because }
  }
  return store.transaction(async (tx): Promise<SignOffAnswer> => {
    const campaign = await tx.campaigns.lock(campaignId)
    if (!campaign) return { kind: 'unknown' }
    if (!campaign.closedAt) return { kind: 'still_open', campaign }
    if (campaign.signedOff) return { kind: 'signed_before', campaign }
    const account = await tx.accounts.upsert(person.account)
    const now = clock.now()
    const items = await tx.campaigns.items(campaignId, now)
    const again = partIn({ campaign, items }, { facts: { ...person.facts, person: account.personId } })
    if (again) return { kind: 'refused', because: again }
    const signed = { ...campaign, signedOff: { at: now, by: account } }
    await tx.campaigns.save(signed)
    const counts = { ...countItems(items) }
    await tx.audit.append(ofCampaign(campaign, 'review.signed_off', actorOf(account), now, counts))
    await redrawCampaign(tx, signed, [], now)
    return { kind: 'signed_off', campaign: signed }
  })
}

function partIn({ items }: CampaignView, { facts }: Pick<Identified, 'facts'>): WhyNotSign | null {
  if (items.some(({ decision }) => decision?.by?.personId === facts.person)) return 'decided_in_it'
  return items.some(({ personId }) => personId === facts.person) ? 'has_items' : null
}
