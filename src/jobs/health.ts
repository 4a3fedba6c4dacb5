import { randomUUID } from 'node:crypto'
import { DeadlineExceeded, withDeadline } from '../deadline.ts'
import type { QueueName } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import { canaryName } from './delayed-job-workers.ts'
import type { DelayedJobs } from './delayed-jobs.ts'
import { messageOf } from './observer.ts'

/** Whether delayed jobs are done. */
export interface JobsHealth {
  readonly ok: boolean
  /** For each queue: the milliseconds until a delayed job was done, or the reason why it was not. */
  readonly queues: Readonly<Record<QueueName, { readonly ms: number } | { readonly fault: string }>>
  /** Effects that are due and not done. Null when the database does not answer. */
  readonly overdue: number | null
  readonly oldestDueAt: Date | null
}

export interface HealthOptions {
  readonly queues: DelayedJobs
  readonly outbox: Pick<Outbox, 'backlog'>
  readonly clock: Clock
  readonly timeoutMs: number
}

const canaryDelayMs = 50

/**
 * Adds a delayed job to every queue, and waits until a worker of any process has done it. A PING would prove less: a
 * queue can answer although its workers are gone. Never rejects; takes `timeoutMs` at most.
 */
export async function checkHealth(options: HealthOptions): Promise<JobsHealth> {
  const { queues, outbox, clock, timeoutMs } = options
  const [revoke, activate, notify, backlog] = await Promise.all([
    canary(queues, 'revoke', timeoutMs),
    canary(queues, 'activate', timeoutMs),
    canary(queues, 'notify', timeoutMs),
    withDeadline('The database', timeoutMs, outbox.backlog(clock.now())).catch(() => null),
  ])
  const ok = backlog !== null && [revoke, activate, notify].every((result) => 'ms' in result)
  return {
    ok,
    queues: { revoke, activate, notify },
    overdue: backlog?.overdue ?? null,
    oldestDueAt: backlog?.oldestDueAt ?? null,
  }
}

async function canary(
  queues: DelayedJobs,
  name: QueueName,
  timeoutMs: number,
): Promise<{ ms: number } | { fault: string }> {
  const startedAt = performance.now()
  const flight = { over: false }
  try {
    await withDeadline(`The ${name} queue`, timeoutMs, fly(queues, name, flight))
    return { ms: Math.round(performance.now() - startedAt) }
  } catch (error) {
    if (error instanceof DeadlineExceeded) {
      return {
        fault: `No worker did a job of the ${name} queue within ${timeoutMs} ms. Is a worker running?`,
      }
    }
    return { fault: `The ${name} queue does not answer: ${messageOf(error)}` }
  } finally {
    flight.over = true
  }
}

/** Finished jobs are removed, so a job that is gone has been done. */
async function fly(queues: DelayedJobs, name: QueueName, flight: { readonly over: boolean }): Promise<void> {
  const queue = await queues.get(name)
  const jobId = `${canaryName}-${randomUUID()}`
  const opts = { jobId, delay: canaryDelayMs, attempts: 1, removeOnComplete: true, removeOnFail: true }
  await queue.addBulk([{ name: canaryName, data: { dueAt: new Date().toISOString() }, opts }])
  while (!flight.over) {
    await new Promise((resolve) => setTimeout(resolve, canaryDelayMs))
    if ((await queue.getJob(jobId)) === undefined) return
  }
  await queue.remove(jobId)
}
