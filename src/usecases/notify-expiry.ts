import { daypass } from '../domain/audit-event.ts'
import type { Ports } from '../domain/ports.ts'
import { ofGrant } from './audit.ts'
import { done, type EffectOutcome } from './effect-outcome.ts'

/** Tells the holder that the lease is about to end; says nothing when it already has. */
export async function notifyExpiry(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { grantId, generation, seconds }: { grantId: string; generation: number; seconds: number },
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const grant = await tx.grants.lock(grantId)
    const now = clock.now()
    if (grant?.status !== 'active' || grant.generation !== generation) return done('no longer active')
    if (now >= grant.lease.endsAt) return done('too late to warn')
    const details = { seconds_before_end: seconds }
    await tx.audit.append(ofGrant(grant, 'grant.expiry_notified', daypass, now, { details }))
    const purpose = `requester:expiry_notice:${seconds}` as const
    await tx.outbox.add({ kind: 'deliver_message', requestId: grant.requestId, purpose }, now)
    return done('told')
  })
}
