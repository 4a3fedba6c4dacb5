import { withDeadline } from '../deadline.ts'
import { type QueueName, queueNames } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import { openBackend } from './backend.ts'
import { startDelayedJobWorkers } from './delayed-job-workers.ts'
import { openDelayedJobs } from './delayed-jobs.ts'
import { checkHealth, type JobsHealth } from './health.ts'
import { startHolds } from './holds.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { JobsLog, JobsObserver } from './observer.ts'
import type { QueueBackend } from './queue-backend.ts'
import { startRunner } from './runner.ts'
import { startScheduler } from './scheduler.ts'
import type { WokenBy } from './wake-signal.ts'

export interface JobsOptions {
  readonly backend: QueueBackend
  /** `worker` performs what is due. `web` performs nothing: it only looks after its clock, and tells whether others work. */
  readonly role: 'web' | 'worker'
  readonly outbox: Outbox
  readonly clock: Clock
  readonly effects: readonly RunnableEffect[]
  readonly log: JobsLog
  readonly observer?: JobsObserver
  /** Asks the database for its time anew; called each few seconds. */
  readonly resyncClock?: () => Promise<unknown>
  readonly timings?: JobsTimings
}

/** For tests. */
export interface JobsTimings {
  readonly scheduleEveryMs?: number
  readonly sweepEveryMs?: number
  readonly holdSeconds?: number
  readonly operationSeconds?: number
  readonly healthTimeoutMs?: number
}

export interface Jobs {
  /** A transaction left these effects in the outbox; none named: any. Returns at once and never throws. */
  wake(added?: readonly AddedEffect[]): void
  /** Sends a job through every queue. Takes five seconds at most; callers at once share one answer. */
  health(): Promise<JobsHealth>
  /** Takes no more, waits for what is in hand, and lets go of the queue. Takes `graceMs` (default 10 s) and a bit. */
  stop(graceMs?: number): Promise<void>
}

export interface AddedEffect {
  readonly effect: { readonly kind: string }
  readonly dueAt: Date
}

/** A worker that died is noticed after this time: what it had in hand is done by others. */
const defaultHoldSeconds = 10

export function startJobs(options: JobsOptions): Jobs {
  const { outbox, clock, effects, log, resyncClock, timings = {} } = options
  const backend = openBackend(options.backend)
  const delayed = openDelayedJobs(backend, effects, log)
  const worker = options.role === 'worker' ? startWorker(options, backend, delayed.add) : null
  const stopHousekeeping = startHousekeeping({
    outbox,
    clock,
    log,
    prunes: worker !== null,
    ...(resyncClock ? { resyncClock } : {}),
  })
  const { healthTimeoutMs: timeoutMs = 5_000 } = timings
  const stop = async (graceMs: number) => {
    stopHousekeeping()
    await worker?.stop(graceMs)
    await withDeadline('The queue', 2_000, backend.cut()).catch(() => {})
  }
  let stopping: Promise<void> | undefined
  return {
    wake: (added) => worker?.wake(added),
    health: shared(() => checkHealth({ queues: delayed, outbox, clock, timeoutMs })),
    stop(graceMs = 10_000) {
      stopping ??= stop(graceMs)
      return stopping
    },
  }
}

interface Worker extends Pick<Jobs, 'wake'> {
  stop(graceMs: number): Promise<void>
}

function startWorker(
  options: JobsOptions,
  backend: ReturnType<typeof openBackend>,
  add: ReturnType<typeof openDelayedJobs>['add'],
): Worker {
  const { outbox, clock, effects, log, observer, timings = {} } = options
  const { holdSeconds = defaultHoldSeconds, sweepEveryMs, scheduleEveryMs, operationSeconds } = timings
  const ports = { outbox, clock, log, ...(observer ? { observer } : {}) }
  const scheduler = startScheduler({
    ...ports,
    add,
    ...(scheduleEveryMs === undefined ? {} : { everyMs: scheduleEveryMs }),
  })
  const holds = startHolds({ ...ports, holdSeconds })
  const runnerOf = (queue: QueueName) =>
    startRunner({
      ...ports,
      holds,
      queue,
      effects: effects.filter((effect) => effect.queue === queue),
      holdSeconds,
      onRetry: scheduler.wake,
      ...(sweepEveryMs === undefined ? {} : { sweepEveryMs }),
      ...(operationSeconds === undefined ? {} : { operationSeconds }),
    })
  const runners = new Map(queueNames.map((queue) => [queue, runnerOf(queue)]))
  const wake = (queue: QueueName, by: WokenBy) => runners.get(queue)?.wake(by)
  const workers = startDelayedJobWorkers({ backend, clock, log, wake: (queue) => wake(queue, 'delayed_job') })
  return {
    wake(added) {
      const now = clock.now()
      const due = added?.filter(({ dueAt }) => dueAt <= now).map(({ effect }) => effect.kind)
      const concerned = due ? effects.filter(({ kind }) => due.includes(kind)) : effects
      for (const queue of new Set(concerned.map((effect) => effect.queue))) wake(queue, 'commit')
      if (due?.length !== added?.length || !added) scheduler.wake()
    },
    async stop(graceMs) {
      const stopping = [...runners.values()].map((runner) => runner.stop(graceMs))
      await Promise.all([scheduler.stop(), workers.stop(graceMs), ...stopping])
      holds.stop()
    },
  }
}

/** Those who ask while an answer is under way get that answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null
  return () => {
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}
