import { createHash } from 'node:crypto'
import { addSeconds } from 'date-fns/addSeconds'
import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import {
  type CampaignItem,
  type CampaignMessage,
  type CampaignView,
  campaignMessageKey,
  stateOf,
} from '../../domain/campaign.ts'
import { MessengerError } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

const message: z.ZodType<CampaignMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reviewer'), userId: z.string() }),
  z.object({ kind: z.literal('reminder'), userId: z.string(), number: z.number() }),
  z.object({ kind: z.literal('security') }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('removal'), resourceId: z.string() }),
])
const data = z.object({ campaignId: z.guid(), message })
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_review: z.infer<typeof data>
  }
}

type TellPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'messenger'>

/** Longer than the time limit of a call to Slack. */
const holdSeconds = 25

/** Posts a message about a review once, and edits it where something has changed. */
async function tellReview(
  ports: TellPorts,
  { campaignId, message }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const { store, clock, catalog, messenger } = ports
  const key = campaignMessageKey(message)
  const post = await store.transaction((tx) =>
    tx.campaigns.claimPost(campaignId, key, clock.now(), holdSeconds),
  )
  if (!post) return retry(addSeconds(clock.now(), 1), 'another delivery of this message is under way')
  const { at, contentHash: before, page } = post
  let now: { at: typeof at; contentHash: string | null } = { at, contentHash: before }
  try {
    // Read after the claim, so that an older state never overwrites a newer one.
    const view = await store.campaigns.byId(campaignId, clock.now())
    if (!view) return done('there is no such review')
    const shown = { campaign: view.campaign, items: itemsFor(view, message) }
    const contentHash = hashOf({ ...shown, page })
    if (at ? before === contentHash : !isWorthSaying(shown, message, clock.now()))
      return done('nothing has changed')
    const channelId = channelFor(catalog, message)
    if (channelId === 'none') return done('the resource has left the catalog')
    const names = new Map([...catalog.resources.values()].map(({ id, name }) => [id, name]))
    const outgoing = { ...shown, message, channelId, page, resourceNames: names, now: clock.now() }
    now = { at: await messenger.tellCampaign(outgoing, at), contentHash }
    return done(at ? 'edited' : 'posted')
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    return afterFailure(error, { campaignId, message: key }, clock.now())
  } finally {
    await store.transaction((tx) => tx.campaigns.savePost(campaignId, key, now))
  }
}

function itemsFor({ items }: CampaignView, message: CampaignMessage): readonly CampaignItem[] {
  switch (message.kind) {
    case 'reviewer':
    case 'reminder':
      return items.filter(({ reviewers }) => reviewers.includes(message.userId))
    case 'removal':
      return items.filter(
        ({ kind, resourceId, decision }) =>
          kind === 'standing' && resourceId === message.resourceId && decision?.verdict === 'end',
      )
    case 'security':
    case 'closed':
      return items
  }
}

function isWorthSaying({ campaign, items }: CampaignView, message: CampaignMessage, now: Date): boolean {
  switch (message.kind) {
    case 'reviewer':
    case 'reminder':
      return !campaign.closedAt && items.some((item) => stateOf(item) === 'open')
    case 'removal':
      return items.some((item) => stateOf(item) === 'ending')
    case 'security':
      return campaign.collectedAt !== null && !campaign.closedAt
    case 'closed':
      return campaign.closedAt !== null && campaign.closedAt > subDays(now, 7)
  }
}

/** Null: a direct message. */
function channelFor({ security, resources }: TellPorts['catalog'], message: CampaignMessage): string | null {
  if (message.kind === 'security' || message.kind === 'closed') return security.channel
  if (message.kind === 'removal') return resources.get(message.resourceId)?.owners.channel ?? 'none'
  return null
}

function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url')
}

/** A message that Slack refuses for good is tried again at the next change. */
function afterFailure(
  { code, message: problem, retryable, retryAfterSeconds }: MessengerError,
  about: { campaignId: string; message: string },
  now: Date,
): EffectOutcome {
  if (retryable) return retry(addSeconds(now, retryAfterSeconds ?? 5), problem)
  const fault = { message: 'a message about an access review could not be posted', code, problem, about }
  return done(problem, fault)
}

export const tellReviewEffect = defineEffect({
  kind: 'tell_review',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellReview),
})
