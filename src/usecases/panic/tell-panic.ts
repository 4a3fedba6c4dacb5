import { createHash } from 'node:crypto'
import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { type Freeze, isHolding } from '../../domain/freeze.ts'
import { MessengerError } from '../../domain/messenger.ts'
import type { Panic, PanicMessage, PanicReport } from '../../domain/panic.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { scopeIds } from '../_shared/freeze-event.ts'

const data = z.object({ panicId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_panic: z.infer<typeof data>
  }
}

type TellPorts = Pick<Ports, 'store' | 'clock' | 'messenger' | 'catalog'>

/**
 * Keeps the message about a panic in the security channel true until all its access is proven gone. Then it says so in a message of
 * its own, because an edit notifies nobody.
 */
async function tellPanic(ports: TellPorts, { panicId }: z.infer<typeof data>): Promise<EffectOutcome> {
  const { store, clock } = ports
  const report = await store.transaction((tx) => readReport(tx, panicId, clock.now()))
  if (!report) return done('there is no such panic')
  const { panic } = report
  try {
    await put(ports, report, 'progress')
    if (panic.finishedAt) await put(ports, report, 'end')
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    if (panic.finishedAt && panic.finishedAt < subDays(clock.now(), 1)) return done('too old to be told')
    const pause = error.retryAfterSeconds ?? (error.retryable ? 2 : 60)
    const { code, message: problem } = error
    const fault = { message: 'a panic could not be told', code, problem, about: { panicId } }
    return retry(addSeconds(clock.now(), pause), problem, error.retryable ? undefined : fault)
  }
  return panic.finishedAt
    ? done('all is gone')
    : retry(lookAgainAt(panic, clock.now()), 'access may still be open')
}

/** Records the end as soon as all is proven gone. */
async function readReport(tx: Transaction, panicId: string, now: Date): Promise<PanicReport | null> {
  const panic = await tx.panics.lock(panicId)
  if (!panic) return null
  const progress = await tx.panics.progress(panicId)
  const freeze = panic.freezeId === null ? null : await tx.freezes.find(panic.freezeId)
  const isOver = panic.orderedAt !== null && progress.gone === progress.leases
  if (!isOver || panic.finishedAt) return { panic, progress, freeze: holding(freeze, now) }
  const finished: Panic = { ...panic, finishedAt: now }
  await tx.panics.save(finished)
  const { leases, closedRequests } = progress
  await tx.audit.append({
    ...ofNoRequest({ kind: 'panic', id: panicId }),
    ...scopeIds(panic.scope),
    ...{ at: now, actor: daypass, action: 'panic.finished' },
    details: { leases, closed_requests: closedRequests },
  })
  return { panic: finished, progress, freeze: holding(freeze, now) }
}

function holding(freeze: Freeze | null, now: Date): Freeze | null {
  return freeze && isHolding(freeze, now) ? freeze : null
}

/** Posts the message, or edits it where something has changed. */
async function put(
  { store, messenger, catalog }: TellPorts,
  report: PanicReport,
  message: PanicMessage,
): Promise<void> {
  const { id } = report.panic
  const contentHash = createHash('sha256').update(JSON.stringify(report)).digest('base64url')
  const known = await store.transaction((tx) => tx.panics.post(id, message))
  if (known?.at && (message === 'end' || known.contentHash === contentHash)) return
  const channelId = known?.at?.channelId ?? catalog.security.channel
  if (!known)
    await store.transaction((tx) =>
      tx.panics.savePost(id, message, { channelId, at: null, contentHash: null }),
    )
  const place = { channelId, at: known?.at ?? null, mayBePosted: known !== null }
  const at = await messenger.tellPanic(report, message, place)
  await store.transaction((tx) => tx.panics.savePost(id, message, { channelId, at, contentHash }))
}

/** Seldom later on: a dead target may stay dead for days. */
function lookAgainAt({ at }: Panic, now: Date): Date {
  const passed = differenceInSeconds(now, at)
  return addSeconds(now, Math.min(60, Math.max(2, passed / 20)))
}

export const tellPanicEffect = defineEffect({
  kind: 'tell_panic',
  data,
  // Not behind a storm of messages.
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: each(tellPanic),
})
