import { vi } from 'vitest'
import type { Effect, OutboxEntry } from '../../src/domain/effect.ts'
import type { Performed } from '../../src/jobs/observer.ts'
import type { QueueBackend } from '../../src/jobs/queue-backend.ts'
import { type Jobs, type JobsTimings, startJobs } from '../../src/jobs/start-jobs.ts'
import type { BatchContext } from '../../src/usecases/_shared/define-effect.ts'
import { done, type EffectOutcome } from '../../src/usecases/_shared/effect-outcome.ts'
import { effectsThat, type Run, recordingLog } from './_effects.ts'
import { type MemoryOutbox, memoryOutbox } from './_memory-outbox.ts'

export interface Performance {
  readonly entry: OutboxEntry
  readonly at: number
}

export interface JobsWorld {
  readonly jobs: Jobs
  readonly outbox: MemoryOutbox
  readonly performances: Performance[]
  readonly performed: Performed[]
  readonly logged: { level: string; message: string }[]
  /** Adds an entry due in so many milliseconds and wakes the runner. */
  leave(effect: Effect, inMs?: number): string
  performancesOf(id: string): Performance[]
  /** Waits until the entry is done. */
  settled(id: string, timeoutMs?: number): Promise<void>
}

export interface JobsWorldOptions {
  readonly role?: 'web' | 'worker'
  readonly timings?: JobsTimings
  readonly outbox?: MemoryOutbox
  readonly handle?: (entry: OutboxEntry, context: BatchContext) => Promise<EffectOutcome>
}

export function jobsWorld(backend: QueueBackend, options: JobsWorldOptions = {}): JobsWorld {
  const outbox = options.outbox ?? memoryOutbox()
  const performances: Performance[] = []
  const performed: Performed[] = []
  const logged: { level: string; message: string }[] = []
  const run: Run = (batch, context) =>
    batch.map(async (effect) => {
      const entry = outbox.entryOf(effect)
      performances.push({ entry, at: Date.now() })
      return options.handle ? options.handle(entry, context) : done('performed')
    })
  const jobs = startJobs({
    backend,
    role: options.role ?? 'worker',
    outbox,
    clock: { now: () => new Date() },
    effects: effectsThat(run),
    log: recordingLog(logged),
    observer: { performed: (it) => performed.push(it) },
    ...(options.timings ? { timings: options.timings } : {}),
  })
  const settled = (id: string, timeout = 8_000) =>
    vi.waitUntil(() => outbox.row(id).result !== null, { timeout, interval: 5 }).then(() => {})
  return {
    jobs,
    outbox,
    performances,
    performed,
    logged,
    leave(effect, inMs = 0) {
      const id = outbox.add(effect, new Date(Date.now() + inMs))
      jobs.wake()
      return id
    },
    performancesOf: (id) => performances.filter((it) => it.entry.id === id),
    settled,
  }
}
