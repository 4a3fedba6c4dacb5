import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { passkeyNotices } from '../rules/tell-security.ts'

const data = z.object({
  at: z.iso.datetime(),
  userId: z.string(),
  notice: z.discriminatedUnion('kind', passkeyNotices),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_person: z.infer<typeof data>
  }
}

/** Tells a person of a change of their passkeys. Repeated while Slack refuses it, for a day. */
async function tellPerson(
  { messenger, clock }: Pick<Ports, 'messenger' | 'clock'>,
  { at, userId, notice }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  if (new Date(at) < subDays(clock.now(), 1)) return done('too old to be told')
  await messenger.tellPerson(notice, userId)
  return done('told')
}

export const tellPersonEffect = defineEffect({
  kind: 'tell_person',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellPerson),
})
