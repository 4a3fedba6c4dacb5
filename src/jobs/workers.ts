import { DelayedError } from 'bullmq'
import type { QueueName } from '../domain/effect.ts'
import type { Clock } from '../domain/ports.ts'
import { newBell } from './bell.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'
import type { AlarmProcessor, AlarmWorker, OpenBackend } from './queue-backend.ts'
import { queueNames } from './queues.ts'

export interface WorkersOptions {
  readonly backend: OpenBackend
  readonly clock: Clock
  readonly log: JobsLog
  /** Sees to one entry; quiet when there is nothing to do. */
  readonly perform: (entryId: string) => Promise<void>
}

export interface Workers {
  /** True once every queue has its worker. */
  started(): boolean
  /** Takes no more jobs and waits for those in hand, no longer than `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** Jobs of this name prove that the queue lives, and do nothing. */
export const canaryName = 'canary'

export const concurrencyOf: Readonly<Record<QueueName, number>> = { revoke: 20, activate: 10, notify: 10 }

export function startWorkers(options: WorkersOptions): Workers {
  const started: AlarmWorker[] = []
  const pause = queueNames.map(newBell)
  let stopped = false
  const start = async (name: QueueName, index: number) => {
    while (!stopped) {
      try {
        const worker = await startWorker(name, options)
        started.push(worker)
        if (stopped) await worker.close()
        return
      } catch (error) {
        options.log.warn({ queue: name, error: messageOf(error) }, 'a worker could not start yet')
        await pause[index]?.wait(2_000)
      }
    }
  }
  queueNames.forEach((name, index) => {
    start(name, index).catch(() => {})
  })
  return {
    started: () => started.length === queueNames.length,
    async stop(graceMs) {
      stopped = true
      for (const bell of pause) bell.ring()
      const closing = Promise.allSettled(started.map((worker) => worker.close()))
      await withDeadline('The workers', graceMs, closing).catch(() => {})
    },
  }
}

function startWorker(name: QueueName, options: WorkersOptions): Promise<AlarmWorker> {
  const rarely = seldom()
  const onError = (error: Error) =>
    rarely(error.message, () => options.log.warn({ queue: name, error: messageOf(error) }, 'worker trouble'))
  return options.backend.worker(name, processor(options), { concurrency: concurrencyOf[name] }, onError)
}

/** What the alarm of a job does. Rejects for a delay only: an error would make BullMQ drop the job noisily. */
function processor({ clock, log, perform }: WorkersOptions): AlarmProcessor {
  return async (job, token) => {
    if (job.name === canaryName) return
    // Delays count by the clock of the process that set them. The entry's own instant decides: too early, wait on.
    const early = Date.parse(job.data.dueAt) - clock.now().getTime()
    if (early > 0) {
      await job.moveToDelayed(Date.now() + Math.max(early, 20), token)
      throw new DelayedError()
    }
    try {
      await perform(job.data.entryId)
    } catch (error) {
      log.error(
        { entryId: job.data.entryId, error: messageOf(error) },
        'an entry could not be taken; the sweep will',
      )
    }
  }
}
