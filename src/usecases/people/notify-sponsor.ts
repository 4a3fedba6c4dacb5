import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { endNotice } from '../../domain/engagement-message.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { ofEngagement } from './_engagements/engagement-events.ts'
import { orderEngagementMessage } from './_engagements/order-engagement-messages.ts'

const data = z.object({ engagementId: z.guid(), generation: z.number(), days: z.number() })
declare module '../../domain/effect.ts' {
  interface Effects {
    notify_sponsor: z.infer<typeof data>
  }
}

/** Tells the sponsor that the engagement ends soon. Does nothing when the end or the sponsor has changed. */
async function notifySponsor(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { engagementId, generation, days }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const engagement = await tx.engagements.lock(engagementId)
    const now = clock.now()
    if (!engagement || engagement.endedAt !== null || now >= engagement.endsAt) return done('it has ended')
    if (engagement.generation !== generation) return done('the end or the sponsor has changed')
    const details = { days_before_end: days, ends_at: engagement.endsAt.toISOString() }
    await tx.audit.append(ofEngagement(engagement, 'engagement.end_notified', daypass, now, details))
    await orderEngagementMessage(tx, endNotice(engagement, days), now)
    return done('told')
  })
}

export const notifySponsorEffect = defineEffect({
  kind: 'notify_sponsor',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(notifySponsor),
})
