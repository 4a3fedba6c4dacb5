import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { inBatches } from '../../in-batches.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import type { EffectOutcome } from '../_shared/effect-outcome.ts'
import { failureOf } from '../_shared/order-of.ts'
import { type RevocationAttempt, settleRevocations } from '../_shared/settle-revocations.ts'
import { startRevoking } from '../_shared/start-revoking.ts'
import { takingAway } from '../_shared/taking-away.ts'

const data = z.object({ grantId: z.guid(), generation: z.number(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    revoke_grant: z.infer<typeof data>
  }
}

type RevokePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>
type Order = Pick<z.infer<typeof data>, 'grantId' | 'generation'>

/**
 * Takes access away at one target and proves that it is gone, whoever asked: the end of the lease, a button, offboarding.
 * Those that are due together go together: one transaction says that they are being revoked, one call to the target takes
 * them away, and what is known at the same moment is recorded in one transaction. An answer for each, in their order.
 * Safe to call at any time and any number of times; a lease that has not ended is left alone.
 */
export function revokeGrants(
  ports: RevokePorts,
  orders: readonly Order[],
  context: BatchContext = { probing: false },
): readonly Promise<EffectOutcome>[] {
  const { store, clock } = ports
  const start = inBatches((some: readonly Order[]) =>
    store.transaction((tx) => startRevoking(tx, some, clock.now())),
  )
  const settle = inBatches((attempts: readonly RevocationAttempt[]) =>
    store.transaction((tx) => settleRevocations(ports, tx, attempts, clock.now())),
  )
  const takeAway = takingAway(ports, context)
  return orders.map(async (order) => {
    const started = await start(order)
    if ('outcome' in started) return started.outcome
    const attempt = await takeAway(started)
    return settle(attempt).catch((error) => {
      if (attempt.failure) throw error
      return settle({ grantId: attempt.grantId, failure: failureOf(error, clock.now()).failure })
    })
  })
}

export const revokeGrantEffect = defineEffect({
  kind: 'revoke_grant',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: revokeGrants,
})
