import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { min } from 'date-fns/min'
import { z } from 'zod'
import type { ReadyRun, RunOrder, Runs } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { RunningRun, UndoneRun, WaitingRun } from '../../domain/run.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { failureOf } from '../_shared/order-of.ts'
import { isUnreachable, targetGroup } from '../_shared/target-group.ts'
import { commitBegin, endWaiting, refusalToBegin } from './_run/begin.ts'
import { execute } from './_run/execute.ts'
import { orderOfRun } from './_run/order-of-run.ts'
import { recordGoingOn } from './_run/record-going-on.ts'
import { recordResult } from './_run/record-result.ts'

const data = z.object({ runId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    run_action: z.infer<typeof data>
  }
}

/** A process that gave no sign of life for so long no longer executes its run. */
const aliveSeconds = 15
/** After so long without an answer from the target, the owners are told that nobody knows what became of the run. */
const patienceSeconds = 60
/** So long the target is asked again what became of it. */
const longestSearchSeconds = 24 * 3600

type RunPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors' | 'vault'>

/**
 * Executes an approved action, at most once. That it begins is committed before the target is called. A run that began and has no
 * outcome is never executed again: the target is asked what became of it.
 */
async function runAction(ports: RunPorts, { runId }: { runId: string }): Promise<EffectOutcome> {
  const history = await ports.store.histories.byRequest(runId)
  const order = history && orderOfRun(history)
  const run = history?.run
  if (!history || !order || !run) return done('there is no such run')
  switch (run.status) {
    case 'waiting':
      return begin(ports, history, run, order)
    case 'running':
    case 'outcome_unknown':
      return findOutcome(ports, run, order)
    default:
      return done(`it is ${run.status}`)
  }
}

async function begin(
  ports: RunPorts,
  history: RequestHistory,
  run: WaitingRun,
  order: RunOrder,
): Promise<EffectOutcome> {
  const { clock } = ports
  const tooLate = () =>
    endWaiting(ports, history, 'lapsed', { code: 'lapsed', message: 'It did not begin in its time.' })
  if (clock.now() >= run.lapsesAt) return done(await tooLate())
  const refusal = refusalToBegin(ports, history)
  if (refusal) return done(await endWaiting(ports, history, 'failed', refusal))
  try {
    const runs = runsOf(ports, order.resourceId)
    if (!runs)
      return done(await endWaiting(ports, history, 'failed', { code: 'not_in_catalog', message: noActions }))
    const ready = await runs.ready(order)
    const begun = await commitBegin(ports, history, ready).catch(async (error: unknown) => {
      await ready.abandon()
      throw error
    })
    if (begun !== 'begun') {
      await ready.abandon()
      return done(begun === 'too_late' ? await tooLate() : begun)
    }
    const executing = executeToEnd(ports, run.id, ready)
    const goesOn = () => retry(addSeconds(clock.now(), aliveSeconds), 'it is being executed')
    return await firstOf(executing, patienceMs, goesOn)
  } catch (error) {
    const { failure, retryable } = failureOf(error, clock.now())
    if (!retryable) return done(await endWaiting(ports, history, 'failed', failure))
    const waited = differenceInSeconds(failure.at, run.approvedAt)
    const next = attemptAgainAt(failure, 1 + Math.log2(1 + waited / 2), 30)
    const again = retry(min([next, run.lapsesAt]), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

const atTarget = 'it goes on at the target'

/** It goes on after this effect, and tells that this process is alive. Never rejects. */
async function executeToEnd(ports: RunPorts, runId: string, ready: ReadyRun): Promise<EffectOutcome> {
  const { clock } = ports
  const result = await execute(ports, runId, ready)
  // The connection may have broken at the last step. The target may know more.
  if (result.kind === 'unknown') return retry(clock.now(), result.message)
  try {
    if (result.kind === 'under_way') return retry(await recordGoingOn(ports, runId, result), atTarget)
    return done(await recordResult(ports, runId, result))
  } catch (error) {
    return retry(clock.now(), error instanceof Error ? error.message : String(error))
  }
}

/** An effect ends within a minute. A run may take longer. */
const patienceMs = 45_000

async function firstOf<T>(work: Promise<T>, milliseconds: number, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const noActions = 'Daypass runs no actions on this system any more.'

/** The target is asked what became of it. It is never executed again. */
async function findOutcome(
  ports: RunPorts,
  run: RunningRun | UndoneRun,
  order: RunOrder,
): Promise<EffectOutcome> {
  const { clock } = ports
  const now = clock.now()
  if (run.status === 'running' && !run.isFollowed) {
    const diesAt = addSeconds(run.beatAt, aliveSeconds)
    if (now < diesAt) return retry(diesAt, 'it is being executed')
  }
  try {
    const isToStop = run.status === 'running' && run.cancelAskedAt !== undefined
    const result = await runsOf(ports, order.resourceId)?.settle(order, run.mark ?? {}, isToStop)
    if (!result) return done(await recordResult(ports, run.id, lost))
    if (result.kind === 'under_way') return retry(await recordGoingOn(ports, run.id, result), atTarget)
    return done(await recordResult(ports, run.id, result))
  } catch (error) {
    const { failure } = failureOf(error, now)
    const startedAt = run.startedAt ?? run.approvedAt
    const searched = differenceInSeconds(now, startedAt)
    const silent = run.status === 'running' ? differenceInSeconds(now, run.beatAt) : patienceSeconds
    if (silent >= patienceSeconds)
      await recordResult(ports, run.id, { kind: 'unknown', code: failure.code, message: failure.message })
    if (searched >= longestSearchSeconds) return done('nobody knows what became of it')
    const again = retry(attemptAgainAt(failure, 1 + Math.log2(1 + searched / 5), 300), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

const lost = {
  kind: 'unknown',
  code: 'not_in_catalog',
  message: 'The catalog no longer names the system with its actions, so it cannot be asked.',
} as const

/** Null: it has no actions, or left the catalog and only takes access away. */
function runsOf({ connectors }: Pick<Ports, 'connectors'>, resourceId: string): Runs | null {
  return connectors.of(resourceId).runs ?? null
}

export const runActionEffect = defineEffect({
  kind: 'run_action',
  data,
  queue: 'activate',
  longestBackoffSeconds: 60,
  run: (ports: RunPorts, orders, context: BatchContext) => {
    const group = targetGroup(context)
    return orders.map((order) => group.run(() => runAction(ports, order)))
  },
})
