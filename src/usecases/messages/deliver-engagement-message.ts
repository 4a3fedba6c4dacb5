import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import {
  type EngagementMessageKey,
  type EngagementView,
  engagementPurposeNames,
  engagementPurposes,
  isOfGeneration,
} from '../../domain/engagement-message.ts'
import { MessengerError } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

const data = z.object({
  engagementId: z.guid(),
  purpose: z.enum(engagementPurposeNames),
  variant: z.number(),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    deliver_engagement_message: z.infer<typeof data>
  }
}

type DeliverPorts = Pick<Ports, 'store' | 'clock' | 'messenger'>

/** Longer than the time limit of a call to Slack. */
const holdSeconds = 25
/** A direct message that Slack refuses for good is tried again so often, until the engagement is over. */
const mendableSeconds = 600

/** Brings a message about an engagement to the present state: posts it once, then edits it. */
async function deliverEngagementMessage(
  ports: DeliverPorts,
  { engagementId, purpose, variant }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const { store, clock } = ports
  const key = { engagementId, purpose, variant }
  const claimed = await store.transaction((tx) => tx.engagementMessages.claim(key, clock.now(), holdSeconds))
  if (!claimed) return retry(addSeconds(clock.now(), 1), 'another delivery of this message is under way')
  try {
    return await deliver(ports, key)
  } finally {
    await store.transaction((tx) => tx.engagementMessages.release(key))
  }
}

async function deliver(
  { store, clock, messenger }: DeliverPorts,
  key: EngagementMessageKey,
): Promise<EffectOutcome> {
  // The state is read after the claim, so that an older state never overwrites a newer one.
  const view = await store.people.engagement(key.engagementId)
  if (!view) return done('there is no such engagement')
  const posted = await store.transaction((tx) => tx.engagementMessages.list(key.engagementId))
  const at =
    posted.find(({ purpose, variant }) => purpose === key.purpose && variant === key.variant)?.address ?? null
  const now = clock.now()
  const { audience, isWorthSaying } = engagementPurposes[key.purpose]
  if (!at && !isWorthSaying(view, now)) return done('no longer worth saying')
  const isCurrent = isOfGeneration(key, view.engagement)
  const { userId } = audience === 'sponsor' ? view.engagement.sponsor : view.contractor
  try {
    const address = await messenger.deliverEngagement(
      { ...view, purpose: key.purpose, userId, isCurrent, now },
      at,
    )
    await store.transaction((tx) => tx.engagementMessages.record(key, address))
    return done(at ? 'edited' : 'posted')
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    return afterFailure(error, view, key, now)
  }
}

function afterFailure(
  error: MessengerError,
  { engagement }: EngagementView,
  { purpose, engagementId }: EngagementMessageKey,
  now: Date,
): EffectOutcome {
  const { code, message: problem, retryable, retryAfterSeconds } = error
  if (retryAfterSeconds !== null) return retry(addSeconds(now, retryAfterSeconds), problem)
  if (retryable) throw error
  const fault = {
    message: 'a message could not be delivered',
    code,
    problem,
    about: { engagementId, purpose },
  }
  return engagement.endedAt
    ? done(`could not be delivered: ${problem}`, fault)
    : retry(addSeconds(now, mendableSeconds), problem, fault)
}

export const deliverEngagementMessageEffect = defineEffect({
  kind: 'deliver_engagement_message',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(deliverEngagementMessage),
})
