import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { NewItem } from '../../domain/campaign.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { ofCampaign } from './_campaign/events.ts'
import { redrawCampaign } from './_campaign/order-messages.ts'
import { findReviewers } from './_campaign/reviewers.ts'
import { readStanding } from './_campaign/standing.ts'

const data = z.object({ campaignId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    collect_review: z.infer<typeof data>
  }
}

type CollectPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors' | 'directory'>

/** Collects what people have, says who is asked about each item, and tells them. */
async function collectReview(
  ports: CollectPorts,
  { campaignId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const { store, clock } = ports
  const view = await store.campaigns.byId(campaignId, clock.now())
  if (!view) return done('there is no such review')
  const { campaign } = view
  if (campaign.collectedAt) return done('it was collected before')
  const standing = campaign.of.includes('standing')
    ? await readStanding(ports, campaign)
    : { items: [], notCovered: [] }
  const had = await store.transaction((tx) => tx.campaigns.whatPeopleHave(campaign, clock.now()))
  const found: readonly NewItem[] = [...had, ...standing.items]
  const assign = await findReviewers(
    ports,
    found.map((item) => ({ ...item, personId: null })),
    campaign,
  )
  return store.transaction(async (tx) => {
    const open = await tx.campaigns.lock(campaignId)
    if (!open || open.collectedAt) return done('it was collected before')
    const now = clock.now()
    await tx.campaigns.addItems(
      campaignId,
      found.map((item) => ({ ...item, reviewers: [], byLeads: false })),
    )
    const items = (await tx.campaigns.items(campaignId, now)).map((item) => ({ ...item, ...assign(item) }))
    for (const item of items) await tx.campaigns.assign(item.id, item)
    const collected = { ...open, collectedAt: now, notCovered: standing.notCovered }
    await tx.campaigns.save(collected)
    const details = {
      items: items.length,
      without_reviewer: items.filter(({ reviewers }) => reviewers.length === 0).length,
      not_covered: standing.notCovered.map(({ resourceId }) => resourceId),
    }
    await tx.audit.append(ofCampaign(campaign, 'review.collected', daypass, now, details))
    await redrawCampaign(tx, collected, items, now)
    await tx.outbox.add({ kind: 'watch_review', campaignId, once: false }, now)
    return done(`${items.length} items`)
  })
}

export const collectReviewEffect = defineEffect({
  kind: 'collect_review',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(collectReview),
})
