import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { endEngagement } from './_engagements/change-engagement.ts'
import { closeAccess } from './_engagements/close-access.ts'

const data = z.object({ engagementId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    end_engagement: z.infer<typeof data>
  }
}

/** Ends an engagement whose time is over. Of one that has ended, revokes what its person still holds. */
async function endWhenOver(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { engagementId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const engagement = await tx.engagements.lock(engagementId)
    if (!engagement) return done('there is no such engagement')
    const now = clock.now()
    if (engagement.endedAt === null) {
      // A new end has an entry of its own.
      if (now < engagement.endsAt) return done('it ends later')
      await endEngagement(tx, engagement, null, now)
      return done('ended')
    }
    // Two persons became one. The other engagement of the two may still hold.
    if (await tx.engagements.lockOpenOf(engagement.personId)) return done('another engagement holds')
    const accounts = await tx.accounts.ofPerson(engagement.personId)
    const { cancelled, revoking } = await closeAccess(
      tx,
      accounts.map(({ id }) => id),
      now,
    )
    return done(`${cancelled} requests cancelled, ${revoking} grants being revoked`)
  })
}

export const endEngagementEffect = defineEffect({
  kind: 'end_engagement',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: each(endWhenOver),
})
