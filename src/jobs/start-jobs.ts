import { withDeadline } from '../deadline.ts'
import type { QueueName } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import { openBackend } from './backend.ts'
import { startDelayedJobWorkers } from './delayed-job-workers.ts'
import { openDelayedJobs } from './delayed-jobs.ts'
import { checkHealth, type JobsHealth } from './health.ts'
import { startHolds } from './holds.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { JobsLog, JobsObserver } from './observer.ts'
import type { QueueBackend } from './queue-backend.ts'
import { type Runner, startRunner } from './runner.ts'
import { startScheduler } from './scheduler.ts'
import type { WokenBy } from './wake-signal.ts'

export interface JobsOptions {
  readonly backend: QueueBackend
  /**
   * `worker` performs due effects. `web` performs none: it only keeps its clock right, and reports whether workers
   * work.
   */
  readonly role: 'web' | 'worker'
  readonly outbox: Outbox
  readonly clock: Clock
  readonly effects: readonly RunnableEffect[]
  readonly log: JobsLog
  readonly observer?: JobsObserver
  /** Reads the time of the database again; called every few seconds. */
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
  /**
   * A transaction added these effects to the outbox; without `added`, unknown effects. Returns at once and never
   * throws.
   */
  wake(added?: readonly AddedEffect[]): void
  /** Sends a job through every queue. Takes five seconds at most; simultaneous callers share one answer. */
  health(): Promise<JobsHealth>
  /**
   * Takes nothing more, waits for running effects, and disconnects from the queue. Takes little more than `graceMs`
   * (default 10 s).
   */
  stop(graceMs?: number): Promise<void>
}

export interface AddedEffect {
  readonly effect: { readonly kind: string }
  readonly dueAt: Date
}

/** After this time a dead worker is noticed, and others perform its effects. */
const defaultHoldSeconds = 10
/** Messages of a commit wait no longer for the activation that it ordered. */
const longestWaitMs = 250

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
  const runnerOf = (queue: QueueName, yieldTo?: Runner) =>
    startRunner({
      ...ports,
      holds,
      queue,
      effects: effects.filter((effect) => effect.queue === queue),
      holdSeconds,
      onRetry: scheduler.wake,
      ...(yieldTo ? { yieldTo } : {}),
      ...(sweepEveryMs === undefined ? {} : { sweepEveryMs }),
      ...(operationSeconds === undefined ? {} : { operationSeconds }),
    })
  const revoke = runnerOf('revoke')
  const runners: Readonly<Record<QueueName, Runner>> = {
    revoke,
    activate: runnerOf('activate'),
    notify: runnerOf('notify', revoke),
  }
  const wake = (queue: QueueName, by: WokenBy) => runners[queue].wake(by)
  const workers = startDelayedJobWorkers({ backend, clock, log, wake: (queue) => wake(queue, 'delayed_job') })
  return {
    wake(added) {
      const now = clock.now()
      const due = added?.filter(({ dueAt }) => dueAt <= now).map(({ effect }) => effect.kind)
      const concerned = due ? effects.filter(({ kind }) => due.includes(kind)) : effects
      const queues = new Set(concerned.map((effect) => effect.queue))
      // The messages about an approval show the access a moment later. They wait for it, so that they do not delay it, and are
      // edited once instead of twice.
      if (queues.has('activate') && queues.delete('notify'))
        void runners.activate.idle(longestWaitMs).then(() => wake('notify', 'commit'))
      for (const queue of queues) wake(queue, 'commit')
      if (due?.length !== added?.length || !added) scheduler.wake()
    },
    async stop(graceMs) {
      const stopping = Object.values(runners).map((runner) => runner.stop(graceMs))
      await Promise.all([scheduler.stop(), workers.stop(graceMs), ...stopping])
      holds.stop()
    },
  }
}

/** Callers that ask while an answer is under way get that answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asking: Promise<T> | null = null
  return () => {
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}
