import type { Ports } from '../domain/ports.ts'
import { done, type EffectOutcome } from './effect-outcome.ts'

/** Bumps a request that still waits. */
export async function remindApprovers(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId }: { requestId: string },
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return done(`already ${request?.status ?? 'gone'}`)
    await tx.outbox.add({ kind: 'deliver_message', requestId, purpose: 'thread:reminder' }, clock.now())
    return done('reminded')
  })
}
