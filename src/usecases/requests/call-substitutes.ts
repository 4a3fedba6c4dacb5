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
  /** 0: the substitutes. 1: the last resort. */
  rung: z.number().int().min(0).max(1).default(0),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    call_substitutes: z.infer<typeof data>
  }
}

/** Tells the substitutes or the last resort, in the thread of the card, that they may decide, unless somebody has answered meanwhile. */
async function callSubstitutes(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId, answers, rung }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return done(`already ${request?.status ?? 'gone'}`)
    if ((await tx.decisions.list(requestId)).length !== answers) return done('somebody has answered')
    const now = clock.now()
    const kind = rung === 0 ? 'substitutes' : 'last_resort'
    const message = { ...requestMessage(requestId, `thread:${kind}`), variant: answers }
    await tx.calls.insert({ requestId, kind, answers, at: now })
    await tx.outbox.add({ kind: 'deliver_message', ...message }, now)
    await orderRequestMessages(tx, requestId, ['card', 'requester:submitted'], now)
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
