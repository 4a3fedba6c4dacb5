import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

const data = z.object({ freezeId: z.guid(), change: z.enum(['made', 'closed']) })
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_freeze: z.infer<typeof data>
  }
}

/** Tells the security channel of a freeze. Repeated while Slack refuses it, for a day. */
async function tellFreeze(
  { store, clock, messenger, catalog }: Pick<Ports, 'store' | 'clock' | 'messenger' | 'catalog'>,
  { freezeId, change }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const freeze = await store.transaction((tx) => tx.freezes.find(freezeId))
  if (!freeze) return done('there is no such freeze')
  const at = change === 'made' ? freeze.madeAt : (freeze.closed?.at ?? freeze.madeAt)
  if (at < subDays(clock.now(), 1)) return done('too old to be told')
  await messenger.tellSecurity({ kind: 'freeze', change, freeze }, catalog.security.channel)
  return done('told')
}

export const tellFreezeEffect = defineEffect({
  kind: 'tell_freeze',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellFreeze),
})
