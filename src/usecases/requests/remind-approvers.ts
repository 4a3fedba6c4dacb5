import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'

const data = z.object({ requestId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    remind_approvers: z.infer<typeof data>
  }
}

/** Posts a reminder in the thread of a card whose request is pending. */
async function remindApprovers(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId }: { requestId: string },
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return done(`already ${request?.status ?? 'gone'}`)
    const now = clock.now()
    await tx.calls.insert({ requestId, kind: 'owners', answers: 0, at: now })
    await orderRequestMessages(tx, requestId, ['thread:reminder', 'requester:submitted'], now)
    return done('reminded')
  })
}

export const remindApproversEffect = defineEffect({
  kind: 'remind_approvers',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(remindApprovers),
})
