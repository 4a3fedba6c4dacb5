import { type OutboxEntry, type QueueName, queueOf } from '../domain/effect.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'
import type { AlarmQueue, OpenBackend } from './queue-backend.ts'

export const queueNames: readonly QueueName[] = ['revoke', 'activate', 'notify']

/** The alarm clock, as those see it who set alarms. */
export interface AlarmQueues {
  /** Sets an alarm for each entry. Rejects when the queue does not say yes within two seconds; it may still happen. */
  add(entries: readonly OutboxEntry[], now: Date): Promise<void>
  /** Rejects when the backend cannot be reached. */
  get(name: QueueName): Promise<AlarmQueue>
}

const addTimeoutMs = 2_000

export function openQueues(backend: OpenBackend, log: JobsLog): AlarmQueues {
  const queues = new Map<QueueName, Promise<AlarmQueue>>()
  const rarely = seldom()
  const get = (name: QueueName) => {
    const known = queues.get(name)
    if (known) return known
    const onError = (error: Error) =>
      rarely(`${name} ${error.message}`, () =>
        log.warn({ queue: name, error: messageOf(error) }, 'queue trouble'),
      )
    const opening = backend.queue(name, onError)
    queues.set(name, opening)
    opening.catch(() => queues.delete(name))
    return opening
  }
  const add = async (name: QueueName, entries: readonly OutboxEntry[], now: Date) => {
    const queue = await get(name)
    await queue.addBulk(entries.map((entry) => alarmOf(entry, now)))
  }
  return {
    get,
    async add(entries, now) {
      const adding = [...byQueue(entries)].map(([name, group]) => add(name, group, now))
      await withDeadline('The queue', addTimeoutMs, Promise.all(adding))
    },
  }
}

function byQueue(entries: readonly OutboxEntry[]): Map<QueueName, OutboxEntry[]> {
  const groups = new Map<QueueName, OutboxEntry[]>()
  for (const entry of entries) {
    const name = queueOf(entry.effect.kind)
    const group = groups.get(name)
    if (group) group.push(entry)
    else groups.set(name, [entry])
  }
  return groups
}

/**
 * The id changes with each attempt: a second add under one id is silently the first, so a retry would be lost.
 * Nothing is kept of finished jobs for the same reason. The outbox repeats, not BullMQ.
 */
function alarmOf(entry: OutboxEntry, now: Date) {
  return {
    name: entry.effect.kind,
    data: { entryId: entry.id, dueAt: entry.dueAt.toISOString() },
    opts: {
      jobId: `${entry.id}-${entry.attempts}`,
      delay: Math.max(0, entry.dueAt.getTime() - now.getTime()),
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  }
}
