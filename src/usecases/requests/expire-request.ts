import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { closeRequest } from '../_shared/close-request.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

const data = z.object({ requestId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    expire_request: z.infer<typeof data>
  }
}

/** Closes a request whose time ran out without a decision. */
async function expireRequest(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { requestId }: { requestId: string },
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return done(`already ${request?.status ?? 'gone'}`)
    const now = clock.now()
    if (now < request.expiresAt) return retry(request.expiresAt, 'its time has not come')
    await closeRequest(tx, request, 'expired', daypass, now)
    return done('expired')
  })
}

export const expireRequestEffect = defineEffect({
  kind: 'expire_request',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(expireRequest),
})
