import { z } from 'zod'
import { requestMessage } from '../../domain/message.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'

const data = z.object({
  requestId: z.guid(),
  /** The number of decisions when it was ordered. */
  answers: z.number().int(),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    call_substitutes: z.infer<typeof data>
  }
}

/** Tells the substitutes, in the thread of the card, that they may decide, unless somebody has answered meanwhile. */
async function callSubstitutes(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId, answers }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return done(`already ${request?.status ?? 'gone'}`)
    if ((await tx.decisions.list(requestId)).length !== answers) return done('somebody has answered')
    const message = { ...requestMessage(requestId, 'thread:substitutes'), variant: answers }
    await tx.outbox.add({ kind: 'deliver_message', ...message }, clock.now())
    await orderRequestMessages(tx, requestId, ['card'], clock.now())
    return done('told')
  })
}

export const callSubstitutesEffect = defineEffect({
  kind: 'call_substitutes',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(callSubstitutes),
})
