import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { noticeVariant } from '../../domain/grant.ts'
import { grantMessage } from '../../domain/message.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

const data = z.object({ grantId: z.guid(), generation: z.number(), seconds: z.number() })
declare module '../../domain/effect.ts' {
  interface Effects {
    notify_expiry: z.infer<typeof data>
  }
}

/** Tells the holder that the lease ends soon. Does nothing when the lease has ended. */
async function notifyExpiry(
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
    const notice = grantMessage(grant, 'requester:expiry_notice', noticeVariant(grant, seconds))
    await tx.outbox.add({ kind: 'deliver_message', ...notice }, now)
    return done('told')
  })
}

export const notifyExpiryEffect = defineEffect({
  kind: 'notify_expiry',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(notifyExpiry),
})
