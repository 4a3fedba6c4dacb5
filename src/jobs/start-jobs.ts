import type { OutboxEntry } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import { openBackend } from './backend.ts'
import { withDeadline } from './deadline.ts'
import { checkHealth, type JobsHealth } from './health.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { JobsLog, JobsObserver } from './observer.ts'
import { defaultHoldSeconds, type EffectHandlers, performEntry, performTaken } from './perform.ts'
import { processAll } from './process-all.ts'
import type { QueueBackend } from './queue-backend.ts'
import { openQueues, queueNames } from './queues.ts'
import { startRelay } from './relay.ts'
import { startSweep } from './sweep.ts'
import { concurrencyOf, startWorkers } from './workers.ts'

export interface JobsOptions {
  readonly backend: QueueBackend
  /** `web` only relays to the queues. `worker` relays, works and sweeps. */
  readonly role: 'web' | 'worker'
  readonly outbox: Outbox
  readonly clock: Clock
  readonly handlers: EffectHandlers
  readonly log: JobsLog
  readonly observer?: JobsObserver
  /** Asks the database for its time anew; called each few seconds. */
  readonly resyncClock?: () => Promise<unknown>
  readonly timings?: JobsTimings
}

/** For tests. */
export interface JobsTimings {
  readonly relayEveryMs?: number
  readonly sweepEveryMs?: number
  /** How long the queue is given before the sweep takes an entry, while the queue answers. */
  readonly sweepGraceMs?: number
  readonly holdSeconds?: number
  readonly healthTimeoutMs?: number
}

export interface Jobs {
  /** A transaction left something in the outbox. Returns at once and never throws. */
  wake(): void
  /** Sees to all that is due now, inline, until nothing is. For tests. */
  processAll(): Promise<void>
  /** Sends a job through every queue. Takes five seconds at most; callers at once share one answer. */
  health(): Promise<JobsHealth>
  /** Takes no more, waits for what is in hand, and lets go of the queue. Takes `graceMs` (default 10 s) and a bit. */
  stop(graceMs?: number): Promise<void>
}

export function startJobs(options: JobsOptions): Jobs {
  const { outbox, clock, handlers, log, observer, timings = {} } = options
  const holdSeconds = timings.holdSeconds ?? defaultHoldSeconds
  const ports = { outbox, clock, log, holdSeconds, ...(observer ? { observer } : {}) }
  const backend = openBackend(options.backend)
  const queues = openQueues(backend, log)
  const relay = startRelay({
    ...ports,
    add: queues.add,
    ...(timings.relayEveryMs === undefined ? {} : { everyMs: timings.relayEveryMs }),
  })
  const inHand = new Set<Promise<void>>()
  /** Effects lead to effects, and failed ones come again: the relay is told. */
  const track = async (deed: Promise<void>) => {
    inHand.add(deed)
    try {
      await deed
    } finally {
      inHand.delete(deed)
      relay.wake()
    }
  }
  const sweepOne = (entry: OutboxEntry) => track(performTaken(ports, handlers, entry, 'sweep'))
  const works = options.role === 'worker'
  const workers = works
    ? startWorkers({ backend, clock, log, perform: (id) => track(performEntry(ports, handlers, id)) })
    : null
  // While the queue does not answer there is nobody to wait for.
  const graceMs = () => (relay.answering() ? (timings.sweepGraceMs ?? 1_000) : 0)
  const sweeps = (works ? queueNames : []).map((queue) =>
    startSweep({
      ...ports,
      queue,
      concurrency: concurrencyOf[queue],
      perform: sweepOne,
      graceMs,
      ...(timings.sweepEveryMs === undefined ? {} : { everyMs: timings.sweepEveryMs }),
    }),
  )
  const { resyncClock } = options
  const stopHousekeeping = startHousekeeping({
    ...ports,
    prunes: works,
    ...(resyncClock ? { resyncClock } : {}),
  })
  const healthTimeoutMs = timings.healthTimeoutMs ?? 5_000
  const health = shared(() => checkHealth({ queues, outbox, clock, timeoutMs: healthTimeoutMs }))

  const stop = async (graceMs: number) => {
    stopHousekeeping()
    for (const sweep of sweeps) sweep.stop()
    const deeds = () => withDeadline('Deeds in hand', graceMs, Promise.allSettled(inHand)).catch(() => {})
    await Promise.all([relay.stop(), workers?.stop(graceMs), deeds()])
    await withDeadline('The queue', 2_000, backend.cut()).catch(() => {})
  }
  let stopping: Promise<void> | undefined
  return {
    wake: relay.wake,
    processAll: () => processAll({ outbox, clock, holdSeconds, perform: sweepOne, inHand }),
    health,
    stop(graceMs = 10_000) {
      stopping ??= stop(graceMs)
      return stopping
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
