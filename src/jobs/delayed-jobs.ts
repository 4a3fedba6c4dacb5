import { withDeadline } from '../deadline.ts'
import { type OutboxEntry, type QueueName, queueNames } from '../domain/effect.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'
import type { DelayedJobQueue, OpenBackend } from './queue-backend.ts'

/** BullMQ's queues, for adding delayed jobs. */
export interface DelayedJobs {
  /**
   * Adds a job for each entry. Rejects when the queue does not confirm within two seconds; the job may still be added.
   */
  add(entries: readonly OutboxEntry[], now: Date): Promise<void>
  /** Rejects when the backend cannot be reached. */
  get(name: QueueName): Promise<DelayedJobQueue>
}

const addTimeoutMs = 2_000
const wakeName = 'wake'

export function openDelayedJobs(
  backend: OpenBackend,
  effects: readonly Pick<RunnableEffect, 'kind' | 'queue'>[],
  log: JobsLog,
): DelayedJobs {
  const queues = new Map<QueueName, Promise<DelayedJobQueue>>()
  const rarely = seldom()
  const get = (name: QueueName) => {
    const known = queues.get(name)
    if (known) return known
    const onError = (error: Error) =>
      rarely(`${name} ${error.message}`, () =>
        log.warn({ queue: name, error: messageOf(error) }, 'the queue reports an error'),
      )
    const opening = backend.queue(name, onError)
    queues.set(name, opening)
    opening.catch(() => queues.delete(name))
    return opening
  }
  const add = async (name: QueueName, entries: readonly OutboxEntry[], now: Date) => {
    const kinds = new Set(effects.filter(({ queue }) => queue === name).map(({ kind }) => kind))
    const own = entries.filter(({ effect }) => kinds.has(effect.kind))
    const instants = new Set(own.map(({ dueAt }) => instantOf(dueAt)))
    const jobs = [...instants].map((instant) => jobAt(instant, now))
    if (jobs.length > 0) await (await get(name)).addBulk(jobs)
  }
  return {
    get,
    async add(entries, now) {
      const adding = queueNames.map((name) => add(name, entries, now))
      await withDeadline('The queue', addTimeoutMs, Promise.all(adding))
    },
  }
}

/** Milliseconds. Entries that are due within the same moment have one job, because a job only wakes the runner. */
const moment = 10

/** Never before the entry is due. */
function instantOf(dueAt: Date): number {
  return Math.ceil(dueAt.getTime() / moment) * moment
}

/**
 * A second add under one id does nothing, without an error: https://docs.bullmq.io/guide/jobs/job-ids. Finished jobs are
 * removed, so that they do not prevent a later add. The outbox retries, not BullMQ.
 */
function jobAt(instant: number, now: Date) {
  return {
    name: wakeName,
    data: { dueAt: new Date(instant).toISOString() },
    opts: {
      jobId: `at-${instant}`,
      delay: Math.max(0, instant - now.getTime()),
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  }
}
