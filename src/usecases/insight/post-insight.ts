import { subSeconds } from 'date-fns/subSeconds'
import { z } from 'zod'
import { findInsights } from '../../domain/insight/find-insights.ts'
import { usualInsightSeconds } from '../../domain/insight/insight.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

const data = z.object({ channelId: z.string(), week: z.iso.datetime() })
declare module '../../domain/effect.ts' {
  interface Effects {
    post_insight: z.infer<typeof data>
  }
}

type PostPorts = Pick<Ports, 'store' | 'clock' | 'messenger' | 'catalog'>

/** Tells the owners of a channel what they could change. Where there is nothing to say, nothing is posted. */
async function postInsight(
  { store, clock, messenger, catalog }: PostPorts,
  { channelId, week }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const overSeconds = catalog.insight?.overSeconds ?? usualInsightSeconds
  const theirs = new Map([...catalog.resources].filter(([, { owners }]) => owners.channel === channelId))
  const facts = await store.insightFacts(subSeconds(clock.now(), overSeconds))
  const insights = findInsights({ resources: theirs }, facts, overSeconds)
  if (insights.length === 0) return done('nothing to say')
  const isFirst = await store.interactions.claim(`posting insight ${week} ${channelId}`, clock.now())
  await messenger.tellInsight({ channelId, week, insights, overSeconds }, { mayBePosted: !isFirst })
  return done('told')
}

export const postInsightEffect = defineEffect({
  kind: 'post_insight',
  data,
  queue: 'notify',
  longestBackoffSeconds: 3_600,
  run: each(postInsight),
})
