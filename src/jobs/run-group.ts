import { withDeadline } from '../deadline.ts'
import type { OutboxEntry } from '../domain/effect.ts'
import type { Outbox, TakenEntry } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import { inBatches } from '../in-batches.ts'
import type { BatchContext } from '../usecases/_shared/define-effect.ts'
import { backoff, type EffectOutcome, retry } from '../usecases/_shared/effect-outcome.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import type { Holds } from './holds.ts'
import { type JobsLog, type JobsObserver, messageOf, type Performed } from './observer.ts'
import type { TargetAnswer } from './targets.ts'
import type { WokenBy } from './wake-signal.ts'

export interface RunPorts {
  readonly outbox: Pick<Outbox, 'done' | 'retry'>
  readonly clock: Clock
  readonly log: JobsLog
  readonly observer?: JobsObserver
  readonly holds?: Pick<Holds, 'keep' | 'letGo'>
  /** Called when an effect will be retried later. */
  readonly onRetry?: () => void
  /** The longest time for an effect, from the start of its group. After it the effect counts as hanging. Default 60. */
  readonly operationSeconds?: number
}

/** Entries of one kind, at one target where they name one, that were taken together. */
export interface Group {
  readonly effect: RunnableEffect
  readonly entries: readonly OutboxEntry[]
  readonly context: BatchContext
  readonly by: WokenBy
}

const defaultOperationSeconds = 60
/** Longer than the limit of a statement. */
const markTimeoutMs = 20_000

/**
 * Runs a group, and records each outcome at once. Never rejects. Does not wait for an effect that takes too long,
 * because it would keep its slot for ever. If such an effect ends later, its success counts unless another worker has
 * taken the entry. Its failure does not count.
 */
export async function runGroup(ports: RunPorts, group: Group): Promise<TargetAnswer> {
  const startedAt = performance.now()
  const markDone = marking(ports)
  const answers = group.effect.run(
    group.entries.map(({ effect }) => effect),
    group.context,
  )
  const found = await Promise.all(
    group.entries.map((entry, index) =>
      seeThrough({ ...ports, markDone }, group, entry, answers[index], startedAt),
    ),
  )
  if (found.includes('answered')) return 'answered'
  return found.includes('unreachable') ? 'unreachable' : 'unknown'
}

type MarkDone = (done: TakenEntry & { readonly result: string }) => Promise<void>

/**
 * Closes entries together that end at the same moment. Each group has its own, and each statement a limit, so that a database
 * that hangs stops no later group.
 */
function marking({ outbox, clock }: Pick<RunPorts, 'outbox' | 'clock'>): MarkDone {
  const markAll = inBatches(async (some: readonly Parameters<MarkDone>[0][]) => {
    const marked = withDeadline('The outbox', markTimeoutMs, outbox.done(some, clock.now()))
    const answer = await marked.then(
      () => ({ error: null }),
      (error: unknown) => ({ error }),
    )
    return some.map(() => answer)
  })
  return async (done) => {
    const { error } = await markAll(done)
    if (error !== null) throw error
  }
}

async function seeThrough(
  ports: RunPorts & { readonly markDone: MarkDone },
  { effect, by }: Group,
  entry: OutboxEntry,
  answer: Promise<EffectOutcome> | undefined,
  startedAt: number,
): Promise<TargetAnswer> {
  const { clock, log, observer, holds, operationSeconds = defaultOperationSeconds } = ports
  const latenessSeconds = Math.max(0, (clock.now().getTime() - entry.dueAt.getTime()) / 1000)
  const late = { isLate: false }
  const report = (outcome: Performed['outcome']) => {
    const seconds = (performance.now() - startedAt) / 1000
    observer?.performed?.({ kind: effect.kind, outcome, by, seconds, latenessSeconds })
  }
  holds?.keep(entry)
  try {
    const recorded = recordOutcome(ports, effect, entry, answer, late)
    const { outcome, found } = await withDeadline('The effect', operationSeconds * 1000, recorded)
    report(outcome)
    return found
  } catch {
    late.isLate = true
    log.error(
      { entryId: entry.id, effect: entry.effect, operationSeconds },
      'an effect takes too long; its hold is released, and it may be repeated',
    )
    report('outlived')
    return 'unreachable'
  } finally {
    holds?.letGo(entry)
  }
}

/** Never rejects. If the outcome could not be recorded, the effect is repeated after the hold has ended. */
async function recordOutcome(
  { outbox, clock, log, onRetry, markDone }: RunPorts & { readonly markDone: MarkDone },
  effect: RunnableEffect,
  entry: OutboxEntry,
  answer: Promise<EffectOutcome> | undefined,
  late: { readonly isLate: boolean },
): Promise<{ outcome: 'done' | 'retry' | 'failed'; found: TargetAnswer }> {
  const about = { entryId: entry.id, effect: entry.effect, attempts: entry.attempts }
  const { outcome, failed } = await outcomeOf(answer)
  if (outcome.fault) {
    const { message, ...fault } = outcome.fault
    log.error({ ...about, ...fault.about, code: fault.code, problem: fault.problem }, message)
  }
  try {
    if (outcome.kind === 'done') await markDone({ ...entry, result: outcome.result })
    else if (!late.isLate) {
      await outbox.retry(entry, outcome.at, outcome.error)
      onRetry?.()
    }
  } catch (error) {
    log.error({ ...about, error: messageOf(error) }, 'the outcome of an effect could not be recorded')
    return { outcome: 'failed', found: 'unknown' }
  }
  if (failed) return { outcome: 'failed', found: 'unknown' }
  return { outcome: outcome.kind, found: outcome.unreachable ? 'unreachable' : 'answered' }

  async function outcomeOf(awaited: typeof answer): Promise<{ outcome: EffectOutcome; failed: boolean }> {
    try {
      if (!awaited) throw new Error('the effect returned no answer')
      return { outcome: await awaited, failed: false }
    } catch (error) {
      const retryAt = backoff(clock.now(), entry.attempts, effect.longestBackoffSeconds)
      log.error({ ...about, error: messageOf(error), retryAt }, 'an effect failed')
      return { outcome: retry(retryAt, messageOf(error)), failed: true }
    }
  }
}
