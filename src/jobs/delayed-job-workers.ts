import { DelayedError } from 'bullmq'
import { withDeadline } from '../deadline.ts'
import { type QueueName, queueNames } from '../domain/effect.ts'
import type { Clock } from '../domain/ports.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'
import type { DelayedJobProcessor, DelayedJobWorker, OpenBackend } from './queue-backend.ts'
import { newWakeSignal } from './wake-signal.ts'

export interface DelayedJobWorkersOptions {
  readonly backend: OpenBackend
  readonly clock: Clock
  readonly log: JobsLog
  /** A job of this queue is due: wakes the runner. */
  readonly wake: (queue: QueueName) => void
}

export interface DelayedJobWorkers {
  /** Takes no more jobs, and waits at most `graceMs` for running jobs. */
  stop(graceMs: number): Promise<void>
}

/** Jobs of this name prove that the queue works, and do nothing else. */
export const canaryName = 'canary'
/** A job takes no time: it only wakes the runner. */
const concurrency = 50

export function startDelayedJobWorkers(options: DelayedJobWorkersOptions): DelayedJobWorkers {
  const started: DelayedJobWorker[] = []
  const pauses = queueNames.map(() => newWakeSignal<null>())
  let stopped = false
  const start = async (name: QueueName, index: number) => {
    while (!stopped) {
      try {
        const worker = await startWorker(name, options)
        started.push(worker)
        if (stopped) await worker.close()
        return
      } catch (error) {
        options.log.warn(
          { queue: name, error: messageOf(error) },
          'a worker of the queue could not start yet; it is tried again',
        )
        await pauses[index]?.wait(2_000, null)
      }
    }
  }
  queueNames.forEach((name, index) => {
    start(name, index).catch(() => {})
  })
  return {
    async stop(graceMs) {
      stopped = true
      for (const pause of pauses) pause.wake(null)
      const closing = Promise.allSettled(started.map((worker) => worker.close()))
      await withDeadline('The workers', graceMs, closing).catch(() => {})
    },
  }
}

function startWorker(name: QueueName, options: DelayedJobWorkersOptions): Promise<DelayedJobWorker> {
  const rarely = seldom()
  const onError = (error: Error) =>
    rarely(error.message, () =>
      options.log.warn({ queue: name, error: messageOf(error) }, 'a worker of the queue reports an error'),
    )
  return options.backend.worker(name, processor(name, options), { concurrency }, onError)
}

function processor(name: QueueName, { clock, wake }: DelayedJobWorkersOptions): DelayedJobProcessor {
  return async (job, token) => {
    if (job.name === canaryName) return
    // BullMQ counts delays by the clock of the process that adds the job. The entry's own instant decides: a job that
    // comes too early waits again.
    const early = Date.parse(job.data.dueAt) - clock.now().getTime()
    if (early > 0) {
      await job.moveToDelayed(Date.now() + Math.max(early, 20), token)
      throw new DelayedError()
    }
    wake(name)
  }
}
