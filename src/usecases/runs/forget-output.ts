import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import { recordKept } from '../_shared/record-kept.ts'

const data = z.object({ runId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    forget_output: z.infer<typeof data>
  }
}

/** Deletes an output whose time is over, unless a legal hold covers it. The requester's message loses its button either way. */
async function forgetOutput(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { runId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const holds = await store.transaction(async (tx) => {
    await orderRequestMessages(tx, runId, ['requester:run'], clock.now())
    const keeping = await tx.holds.onRequest(runId)
    if (keeping.length === 0) await tx.runs.forgetOutput(runId)
    return keeping
  })
  if (holds.length === 0) return done('deleted')
  const [known] = await store.histories.requests([runId])
  const kept = Object.fromEntries(holds.map((hold) => [hold, 1]))
  await recordKept({ store, clock }, `the output of ${known?.request.reference ?? runId}`, kept)
  // When the last of them is lifted, this effect is ordered again.
  return done(`kept by the legal hold ${holds.join(', ')}`)
}

export const forgetOutputEffect = defineEffect({
  kind: 'forget_output',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(forgetOutput),
})
