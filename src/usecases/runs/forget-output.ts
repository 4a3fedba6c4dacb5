import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'

const data = z.object({ runId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    forget_output: z.infer<typeof data>
  }
}

/** Deletes an output whose time is over. The requester's message loses its button. */
async function forgetOutput(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { runId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    await tx.runs.forgetOutput(runId)
    await orderRequestMessages(tx, runId, ['requester:run'], clock.now())
    return done('deleted')
  })
}

export const forgetOutputEffect = defineEffect({
  kind: 'forget_output',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(forgetOutput),
})
