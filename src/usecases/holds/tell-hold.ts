import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { type LegalHold, parseHoldReference } from '../../domain/record/legal-hold.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'

const data = z.object({ hold: z.string(), change: z.enum(['placed', 'lift_asked', 'lifted']) })
type HoldChange = z.infer<typeof data>['change']
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_hold: z.infer<typeof data>
  }
}

/** Tells the security channel of a legal hold. Repeated while Slack refuses it, for a day. */
async function tellHold(
  { store, clock, messenger, catalog }: Pick<Ports, 'store' | 'clock' | 'messenger' | 'catalog'>,
  { hold: reference, change }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const number = parseHoldReference(reference)
  const hold = number === null ? null : await store.transaction((tx) => tx.holds.lock(number))
  const at = hold && timeOf(hold, change)
  if (!hold || !at) return done('it is otherwise by now')
  if (at < subDays(clock.now(), 1)) return done('too old to be told')
  await messenger.tellSecurity({ kind: 'hold', change, hold }, catalog.security.channel)
  return done('told')
}

/** Null: this is no longer so. */
function timeOf({ placedAt, liftAsked, lifted }: LegalHold, change: HoldChange): Date | null {
  switch (change) {
    case 'placed':
      return placedAt
    case 'lift_asked':
      return lifted ? null : (liftAsked?.at ?? null)
    case 'lifted':
      return lifted?.at ?? null
  }
}

export const tellHoldEffect = defineEffect({
  kind: 'tell_hold',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellHold),
})
