import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { z } from 'zod'
import type { AccessOrder } from '../../domain/connector.ts'
import type { EndedGrant, Grant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { closeActivity } from '../_shared/keep-activity.ts'
import { type Look, lookAtUse } from '../_shared/look-at-use.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import { orderOf } from '../_shared/order-of.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    close_activity: z.infer<typeof data>
  }
}

type ClosePorts = Pick<Ports, 'store' | 'clock' | 'connectors'>

const patienceMs = 45_000
/** A target that fails for longer is not asked any more. */
const longestSearchSeconds = 24 * 3600

/**
 * Looks once more at the use of a lease that has ended, where the target shows a use later, and closes what is known of it. The messages
 * about the end then tell it.
 */
async function closeLater(ports: ClosePorts, { grantId }: z.infer<typeof data>): Promise<EffectOutcome> {
  const { store, clock } = ports
  const order = await store.transaction(async (tx): Promise<{ order: AccessOrder; endedAt: Date } | null> => {
    const [grants, names] = await Promise.all([tx.grants.lockAll([grantId]), tx.grants.namesOf([grantId])])
    const grant = grants.find(hasEnded)
    const known = names.get(grantId)
    if (!grant || !known) return null
    const { request, holder } = known
    return { order: orderOf(grant, request, holder, grant.endedAt), endedAt: grant.endedAt }
  })
  if (!order) return done('it has not ended')
  const [look] = (await lookAtUse(ports, [order.order], patienceMs)) ?? []
  const now = clock.now()
  const searched = differenceInSeconds(now, order.endedAt)
  if (look?.failure !== undefined && searched < longestSearchSeconds)
    return retry(addSeconds(now, Math.min(1_800, 60 + searched / 10)), look.failure)
  return close(ports, grantId, look)
}

function close(
  { store, clock }: ClosePorts,
  grantId: string,
  look: Look | undefined,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const now = clock.now()
    const grant = (await tx.grants.lockAll([grantId])).find(hasEnded)
    if (!grant) return done('it has not ended')
    await closeActivity(tx, [{ grant, look }], now)
    await orderGrantMessages(tx, grant, ['card', 'thread:ended'], now)
    return done('closed')
  })
}

function hasEnded(grant: Grant): grant is EndedGrant {
  return grant.status === 'ended' || grant.status === 'revoked'
}

export const closeActivityEffect = defineEffect({
  kind: 'close_activity',
  data,
  queue: 'activate',
  longestBackoffSeconds: 300,
  run: each(closeLater),
})
