import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { max } from 'date-fns/max'
import { min } from 'date-fns/min'
import { subSeconds } from 'date-fns/subSeconds'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { findEntitlement, usualIdleAnswerSeconds } from '../../domain/catalog.ts'
import type { AccessOrder } from '../../domain/connector.ts'
import { type ActiveGrant, idleVariant } from '../../domain/grant.ts'
import { grantMessage } from '../../domain/message.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { inBatches } from '../../in-batches.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { defineEffect } from '../_shared/define-effect.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { isUnreachable } from '../_shared/target-group.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    watch_idle: z.infer<typeof data>
  }
}

type WatchPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/** Sessions are seen only while they are open, so the target is asked often, but a long time needs no more. */
const longestPauseSeconds = 300

/**
 * Looks at the use of leases at one target, in one question. Nobody used it for the time of the entitlement: the holder is asked. No
 * answer in time and no use since: the lease ends.
 */
function watchIdle(
  ports: WatchPorts,
  orders: readonly z.infer<typeof data>[],
): readonly Promise<EffectOutcome>[] {
  const ask = inBatches(async (some: readonly AccessOrder[]) => {
    const [first] = some
    const answers = first ? await ports.connectors.of(first.resourceId).lastUsed?.(some) : []
    return some.map((_, index) => ({ secondsAgo: answers?.[index] ?? null }))
  })
  return orders.map(({ grantId }) => watchOne(ports, grantId, ask))
}

async function watchOne(
  ports: WatchPorts,
  grantId: string,
  ask: (order: AccessOrder) => Promise<{ readonly secondsAgo: number | null }>,
): Promise<EffectOutcome> {
  const { store, clock, catalog, connectors } = ports
  const history = await store.histories.byGrant(grantId)
  const grant = history?.grant
  if (!history || grant?.status !== 'active') return done('no longer active')
  const offer = findEntitlement(catalog, grant.resourceId, grant.entitlementId)
  const idleAfter = offer?.entitlement.idleAfterSeconds
  if (idleAfter === undefined) return done('it may be idle')
  try {
    if (!connectors.of(grant.resourceId).lastUsed) return done('the target cannot tell when it is used')
    const { secondsAgo } = await ask(orderOf(grant, history.request, history.requester, grant.lease.endsAt))
    const now = clock.now()
    const openUse = secondsAgo === null ? undefined : subSeconds(now, Math.ceil(secondsAgo))
    // A look may have shown a use that no open session shows any more.
    const usedAt = latest(openUse, await store.activity.lastUsedAt(grantId))
    const limits = { idleAfter, answer: catalog.defaults.idleAnswerSeconds ?? usualIdleAnswerSeconds }
    return await store.transaction((tx) => settle(tx, grantId, usedAt, limits, now))
  } catch (error) {
    const { failure } = failureOf(error, clock.now())
    const again = retry(attemptAgainAt(failure, 6, 60), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

async function settle(
  tx: Transaction,
  grantId: string,
  usedAt: Date | null,
  limits: { readonly idleAfter: number; readonly answer: number },
  now: Date,
): Promise<EffectOutcome> {
  const locked = await tx.grants.lock(grantId)
  if (locked?.status !== 'active') return done('moved on')
  const { lease, idleAskedAt, keptAt } = locked
  const lastUsedAt = latest(locked.lastUsedAt, usedAt)
  const grant: ActiveGrant = { ...locked, ...(lastUsedAt && { lastUsedAt }) }
  if (idleAskedAt && lastUsedAt && lastUsedAt > idleAskedAt) {
    await closeQuestion(tx, grant, idleAskedAt, now)
    return retry(addSeconds(now, 1), 'it is used again')
  }
  if (idleAskedAt) {
    const answerBy = addSeconds(idleAskedAt, limits.answer)
    await tx.grants.save(grant)
    if (now < answerBy) return retry(answerBy, 'the holder is asked')
    await orderRevocation(tx, grant, { cause: 'idle', byId: null, reason: null, startedAt: now })
    return done('idle, and no answer')
  }
  const since = max([lease.activatedAt, lastUsedAt ?? lease.activatedAt, keptAt ?? lease.activatedAt])
  const askAt = addSeconds(since, limits.idleAfter)
  // There is no time left for an answer.
  if (lease.endsAt <= addSeconds(max([askAt, now]), limits.answer)) {
    await tx.grants.save(grant)
    return retry(lease.endsAt, 'it ends before it could be idle for too long')
  }
  if (now < askAt) {
    await tx.grants.save(grant)
    const pause = Math.min(longestPauseSeconds, Math.max(1, Math.floor(limits.idleAfter / 4)))
    return retry(min([askAt, addSeconds(now, pause)]), 'it is not idle for too long yet')
  }
  await tx.grants.save({ ...grant, idleAskedAt: now })
  const details = {
    idle_seconds: differenceInSeconds(now, since),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
  await tx.audit.append(ofGrant(grant, 'grant.idle_asked', daypass, now, { details }))
  await orderQuestion(tx, grant, now, now)
  return retry(addSeconds(now, limits.answer), 'the holder is asked')
}

/** The question is answered, by the holder or by a use of the access. */
export async function closeQuestion(
  tx: Transaction,
  { idleAskedAt: _, ...grant }: ActiveGrant,
  askedAt: Date,
  now: Date,
): Promise<void> {
  await tx.grants.save(grant)
  await orderQuestion(tx, grant, askedAt, now)
}

async function orderQuestion(tx: Transaction, grant: ActiveGrant, askedAt: Date, now: Date): Promise<void> {
  const question = grantMessage(grant, 'requester:idle', idleVariant(grant.lease, askedAt))
  await tx.outbox.add({ kind: 'deliver_message', ...question }, now)
}

function latest(one: Date | undefined, other: Date | null): Date | null {
  if (!one || !other) return one ?? other
  return max([one, other])
}

export const watchIdleEffect = defineEffect({
  kind: 'watch_idle',
  data,
  queue: 'activate',
  longestBackoffSeconds: 300,
  run: watchIdle,
})
