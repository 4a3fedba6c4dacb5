import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { ofFreeze } from '../_shared/freeze-event.ts'

const data = z.object({ freezeId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    end_freeze: z.infer<typeof data>
  }
}

/** Closes a freeze whose time is over. It held until its end, also where this comes later. */
async function endFreeze(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { freezeId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    await tx.freezes.lock()
    const freeze = await tx.freezes.find(freezeId)
    const now = clock.now()
    if (!freeze || freeze.closed) return done('closed already')
    if (freeze.endsAt === null) return done('it holds until somebody lifts it')
    if (now < freeze.endsAt) return retry(freeze.endsAt, 'its time is not over')
    await tx.freezes.close(freezeId, { at: now, byId: null })
    await tx.audit.append(ofFreeze(freeze, 'freeze.ended', daypass, now))
    await tx.outbox.add({ kind: 'tell_freeze', freezeId, change: 'closed' }, now)
    return done('ended')
  })
}

export const endFreezeEffect = defineEffect({
  kind: 'end_freeze',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(endFreeze),
})
