import { z } from 'zod'
import { actorOf } from '../../domain/audit-event.ts'
import { mostSeparateEndings } from '../../domain/endings-digest.ts'
import { type Grant, isToBeTakenBack } from '../../domain/grant.ts'
import type { Panic } from '../../domain/panic.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { orderRevocations } from '../_shared/begin-revocation.ts'
import { closeRequest } from '../_shared/close-request.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { stopRun } from '../_shared/stop-run.ts'

const data = z.object({ panicId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    order_panic: z.infer<typeof data>
  }
}

/** So many revocations are ordered in one transaction. */
const batchSize = 500

/** Orders the revocations of a panic, closes its requests and stops its runs. After a crash it goes on where it was. */
async function orderPanic(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { panicId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  for (;;) {
    const state = await store.transaction((tx) => orderBatch(tx, panicId, () => clock.now()))
    if (state !== 'more') return done(state)
  }
}

async function orderBatch(
  tx: Transaction,
  panicId: string,
  now: () => Date,
): Promise<'more' | 'ordered' | 'ordered before'> {
  const panic = await tx.panics.lock(panicId)
  if (!panic || panic.orderedAt) return 'ordered before'
  const ids = await tx.panics.grantsLeft(panicId, batchSize)
  // A grant is locked before a request that extends its lease.
  const grants = await tx.grants.lockAll(ids)
  await revoke(tx, panic, grants, now())
  await tx.panics.markOrdered(panicId, ids)
  if (ids.length > 0) return 'more'
  const requestIds = await tx.panics.requestsLeft(panic, batchSize)
  if (requestIds.length > 0) {
    await closeRequests(tx, panic, requestIds, now())
    return 'more'
  }
  const runIds = await tx.runs.openIn(panic.scope, panic.at, batchSize)
  if (runIds.length > 0) {
    for (const runId of runIds) await stopRun(tx, runId, panicked, now(), actorOf(panic.by))
    return 'more'
  }
  await tx.panics.save({ ...panic, orderedAt: now() })
  return 'ordered'
}

const panicked = { code: 'panic', message: 'Security or the owners took everything back.' }

async function revoke(tx: Transaction, panic: Panic, grants: readonly Grant[], now: Date): Promise<void> {
  const begin = grants.filter(isToBeTakenBack)
  const { by, reason, counts } = panic
  const revocation = { cause: 'revoked', byId: by.id, reason, startedAt: now } as const
  await orderRevocations(tx, begin, revocation, actorOf(by), { tell: counts.leases <= mostSeparateEndings })
  // These are being taken away already, and may wait for their next attempt. They are tried now.
  for (const { id: grantId, generation, resourceId, status } of grants) {
    if (status === 'revoking' || status === 'revocation_failed')
      await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, now)
  }
}

async function closeRequests(
  tx: Transaction,
  { id, by }: Panic,
  requestIds: readonly string[],
  now: Date,
): Promise<void> {
  const closed: string[] = []
  for (const requestId of requestIds) {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') continue
    // Before the message about it, which says who closed it and why.
    closed.push(requestId)
    await closeRequest(tx, request, 'cancelled', actorOf(by), now)
  }
  await tx.panics.addClosed(id, closed)
}

export const orderPanicEffect = defineEffect({
  kind: 'order_panic',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 10,
  run: each(orderPanic),
})
