import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'

const data = z.object({ requestId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    remind_review: z.infer<typeof data>
  }
}

/** Tells security and the owners that the review of a break-glass is overdue. */
async function remindReview(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const review = await tx.reviews.lock(requestId)
    const request = review && (await tx.requests.lock(requestId))
    if (!review || !request) return done('there is no such review')
    if (review.outcome) return done('reviewed already')
    const now = clock.now()
    if (now < review.dueAt) return retry(review.dueAt, 'the review is not due yet')
    await tx.audit.append(ofRequest(request, 'break_glass.review_overdue', daypass, now))
    const messages = [
      'security:review_overdue',
      'thread:review_overdue',
      'card',
      'security:break_glass',
    ] as const
    await orderRequestMessages(tx, requestId, messages, now)
    return done('told')
  })
}

export const remindReviewEffect = defineEffect({
  kind: 'remind_review',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(remindReview),
})
