import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import {
  type Campaign,
  type CampaignItem,
  type CampaignView,
  countItems,
  stateOf,
} from '../../domain/campaign.ts'
import { ConnectorError } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { carryOut } from './_campaign/carry-out.ts'
import { ofCampaign, ofItem } from './_campaign/events.ts'
import { orderCampaignMessage, redrawCampaign } from './_campaign/order-messages.ts'
import { findReviewers } from './_campaign/reviewers.ts'
import { standingAt } from './_campaign/standing.ts'

/** `once`: somebody wants to see it now; the usual watch goes on beside it. */
const data = z.object({ campaignId: z.guid(), once: z.boolean() })
declare module '../../domain/effect.ts' {
  interface Effects {
    watch_review: z.infer<typeof data>
  }
}

type WatchPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors' | 'directory'>

const everySeconds = 300
/** Targets are asked less often, and after the review less often still. */
const laterSeconds = 3600

/**
 * Keeps a review true: closes items that ended by themselves, proves what was to end, reminds, and at the deadline does what the review
 * says of undecided items. It goes on until all that was to end is gone.
 */
async function watchReview(
  ports: WatchPorts,
  { campaignId, once }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const view = await ports.store.campaigns.byId(campaignId, ports.clock.now())
  if (!view) return done('there is no such review')
  await lookAtRemovals(ports, view)
  await closeOver(ports, view.campaign)
  const { campaign } = view
  const now = ports.clock.now()
  if (!campaign.closedAt) {
    const open = await openItems(ports, campaign)
    if (open.length === 0) await closeReview(ports, campaign)
    else if (campaign.closingAt || now >= campaign.dueAt) await atDeadline(ports, campaign, open)
    else if (reminderDue(campaign, now)) await remind(ports, campaign, open)
  }
  return once ? done('looked') : goOn(ports, campaignId)
}

async function goOn({ store, clock }: WatchPorts, campaignId: string): Promise<EffectOutcome> {
  const now = clock.now()
  const view = await store.campaigns.byId(campaignId, now)
  if (!view) return done('there is no such review')
  const { campaign, items } = view
  await store.transaction((tx) => redrawCampaign(tx, campaign, items, now))
  if (!campaign.closedAt) {
    const next = [addSeconds(now, everySeconds), campaign.dueAt, ...reminderTimes(campaign)]
    const at = next.filter((time) => time > now).toSorted((a, b) => a.getTime() - b.getTime())[0]
    return retry(at ?? addSeconds(now, everySeconds), 'the review is open')
  }
  return items.some((item) => stateOf(item) === 'ending')
    ? retry(addSeconds(now, laterSeconds), 'something that was to end is still there')
    : done('closed, and all that was to end is gone')
}

async function openItems({ store, clock }: WatchPorts, { id }: Campaign): Promise<CampaignItem[]> {
  const items = await store.transaction((tx) => tx.campaigns.items(id, clock.now()))
  return items.filter((item) => stateOf(item) === 'open')
}

/** Standing access that was to end: a list of the target that lacks it proves that it is gone. */
async function lookAtRemovals(ports: WatchPorts, { campaign, items }: CampaignView): Promise<void> {
  const { store, clock, catalog } = ports
  const waiting = items.filter(({ kind, gone }) => kind === 'standing' && !gone)
  const toProve = waiting.filter((item) => stateOf(item) === 'ending' || stateOf(item) === 'open')
  for (const resourceId of new Set(toProve.flatMap(({ resourceId }) => resourceId ?? []))) {
    const resource = catalog.resources.get(resourceId)
    if (!resource) continue
    const present = await standingAt(ports, resource).catch((error: unknown) => {
      if (error instanceof ConnectorError) return null
      throw error
    })
    // A target that does not answer proves nothing.
    if (!present) continue
    const keys = new Set(present.items.map(({ standingKey }) => standingKey))
    const gone = toProve.filter((item) => item.resourceId === resourceId && !keys.has(item.standingKey))
    for (const { id } of gone) {
      await store.transaction(async (tx) => {
        await tx.campaigns.lock(campaign.id)
        const now = clock.now()
        const item = await tx.campaigns.item(id, now)
        if (!item || item.gone) return
        await tx.campaigns.markGone(id, now)
        await tx.audit.append(ofItem(campaign, item, 'review.item_gone', daypass, now))
        await redrawCampaign(tx, campaign, [item], now)
      })
    }
  }
}

/** Items that ended before anybody decided. */
async function closeOver({ store, clock }: WatchPorts, campaign: Campaign): Promise<void> {
  if (campaign.closedAt) return
  await store.transaction(async (tx) => {
    await tx.campaigns.lock(campaign.id)
    const now = clock.now()
    const items = await tx.campaigns.items(campaign.id, now)
    for (const item of items)
      if (stateOf(item) === 'open' && item.gone) await markOver(tx, campaign, item, now)
  })
}

async function markOver(tx: Transaction, campaign: Campaign, item: CampaignItem, now: Date): Promise<void> {
  await tx.campaigns.markOver(item.id, now)
  const details = { gone_at: item.gone?.at.toISOString() ?? null }
  await tx.audit.append(ofItem(campaign, item, 'review.item_over', daypass, now, { details }))
  await redrawCampaign(tx, campaign, [item], now)
}

/** Reminders before the deadline, also before the second one, of the leads. */
function reminderTimes({ dueAt, remindersSeconds, startedAt, escalatedAt }: Campaign): Date[] {
  const since = escalatedAt ?? startedAt
  return remindersSeconds
    .map((seconds) => addSeconds(dueAt, -seconds))
    .filter((at) => at > since)
    .toSorted((a, b) => a.getTime() - b.getTime())
}

/** After an outage, one reminder stands for all that were missed. */
function reminderDue(campaign: Campaign, now: Date): boolean {
  const last = campaign.remindedAt ?? campaign.startedAt
  return reminderTimes(campaign).some((at) => at <= now && at > last)
}

/** Reminds those who are asked about open items. Who is asked may have changed: somebody is away, or has left. */
async function remind(ports: WatchPorts, { id }: Campaign, open: readonly CampaignItem[]): Promise<void> {
  const { store, clock } = ports
  const view = await store.campaigns.byId(id, clock.now())
  if (!view) return
  const assign = await findReviewers(ports, open, view.campaign)
  await store.transaction(async (tx) => {
    const campaign = await tx.campaigns.lock(id)
    if (!campaign || campaign.closedAt) return
    const now = clock.now()
    if (!reminderDue(campaign, now)) return
    const number = Math.round((now.getTime() - campaign.startedAt.getTime()) / 1000)
    await reassign(tx, campaign, open, assign, now)
    const asked = new Set(open.flatMap((item) => assign(item).reviewers))
    for (const userId of asked) await orderCampaignMessage(tx, id, { kind: 'reminder', userId, number }, now)
    await tx.campaigns.save({ ...campaign, remindedAt: now })
    const details = { open: open.length, reviewers: asked.size }
    await tx.audit.append(ofCampaign(campaign, 'review.reminded', daypass, now, details))
  })
}

async function reassign(
  tx: Transaction,
  campaign: Campaign,
  items: readonly CampaignItem[],
  assign: Awaited<ReturnType<typeof findReviewers>>,
  now: Date,
): Promise<void> {
  for (const item of items) {
    const to = assign(item)
    await tx.campaigns.assign(item.id, to)
    const reviewers = [...item.reviewers, ...to.reviewers]
    await redrawCampaign(tx, campaign, [{ ...item, reviewers }], now)
  }
}

async function atDeadline(
  ports: WatchPorts,
  campaign: Campaign,
  open: readonly CampaignItem[],
): Promise<void> {
  const { undecided, escalatedAt, closingAt } = campaign
  if (undecided === 'escalate') {
    if (!escalatedAt && !closingAt) return escalate(ports, campaign, open)
    return closeReview(ports, campaign)
  }
  for (const { id } of open) {
    await ports.store.transaction(async (tx) => {
      const locked = await tx.campaigns.lock(campaign.id)
      const item = await tx.campaigns.item(id, ports.clock.now())
      if (!locked || locked.closedAt || !item || stateOf(item) !== 'open') return
      const decided = { verdict: undecided, by: null, reason: null, until: null }
      const outcome = await carryOut(ports, tx, locked, item, decided)
      if (outcome === 'over') await markOver(tx, locked, item, ports.clock.now())
    })
  }
  await closeReview(ports, campaign)
}

/** What is undecided goes to the security leads, for half of the time. */
async function escalate(ports: WatchPorts, campaign: Campaign, open: readonly CampaignItem[]): Promise<void> {
  const { store, clock } = ports
  const at = clock.now()
  const assign = await findReviewers(ports, open, { escalatedAt: at })
  await store.transaction(async (tx) => {
    const locked = await tx.campaigns.lock(campaign.id)
    if (!locked || locked.closedAt || locked.escalatedAt) return
    const now = clock.now()
    const dueAt = addSeconds(now, Math.ceil(locked.deadlineSeconds / 2))
    const escalated = { ...locked, escalatedAt: now, dueAt }
    await tx.campaigns.save(escalated)
    const details = { open: open.length, due_at: dueAt.toISOString() }
    await tx.audit.append(ofCampaign(locked, 'review.escalated', daypass, now, details))
    await reassign(tx, escalated, open, assign, now)
  })
}

async function closeReview({ store, clock }: WatchPorts, { id, undecided }: Campaign): Promise<void> {
  await store.transaction(async (tx) => {
    const campaign = await tx.campaigns.lock(id)
    if (!campaign || campaign.closedAt) return
    const now = clock.now()
    const items = await tx.campaigns.items(id, now)
    const counts = countItems(items)
    // Somebody may have been given more time meanwhile.
    if (counts.open > 0 && undecided !== 'escalate') return
    const closed = { ...campaign, closedAt: now }
    await tx.campaigns.save(closed)
    await tx.audit.append(ofCampaign(campaign, 'review.closed', daypass, now, { ...counts }))
    await redrawCampaign(tx, closed, items, now)
  })
}

export const watchReviewEffect = defineEffect({
  kind: 'watch_review',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(watchReview),
})
