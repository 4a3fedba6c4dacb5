import type { OutboxEntry, QueueName } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import { newBell } from './bell.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'

export interface SweepOptions {
  readonly outbox: Pick<Outbox, 'takeOverdue'>
  readonly clock: Clock
  readonly log: JobsLog
  readonly queue: QueueName
  /** How many deeds at once. */
  readonly concurrency: number
  readonly holdSeconds: number
  /** Sees to a taken entry. Never rejects, and ends when the hold does. */
  readonly perform: (entry: OutboxEntry) => Promise<void>
  /** How long the queue is given to see to it first. */
  readonly graceMs: () => number
  readonly everyMs?: number
}

export interface Sweep {
  /** Takes nothing more. Deeds in hand go on. */
  stop(): void
}

/** A database that hangs must not hang the sweep. What was taken after all is seen to when it comes. */
const takeTimeoutMs = 10_000

/**
 * The safety net: sees to what is due and not done, whatever became of its alarm (Redis down, wiped, worker
 * killed). One per queue, so that a slow target holds up nobody else. A plain timer, because whatever runs on the
 * queue dies with it.
 */
export function startSweep(options: SweepOptions): Sweep {
  const { outbox, clock, log, queue, concurrency, everyMs = 2_000 } = options
  const bell = newBell()
  const rarely = seldom()
  let stopped = false
  let inHand = 0
  let more = false

  const see = async (entry: OutboxEntry) => {
    inHand += 1
    await options.perform(entry).catch(() => {})
    inHand -= 1
    // A backlog is not left to the timer; half the slots at a time, so that taking stays cheap.
    if (more && inHand <= concurrency / 2) bell.ring()
  }
  const sweep = async () => {
    const free = concurrency - inHand
    if (free <= 0) return
    const now = clock.now()
    const dueBefore = new Date(now.getTime() - options.graceMs())
    const taking = outbox.takeOverdue(queue, dueBefore, now, options.holdSeconds, free).then((entries) => {
      more = entries.length === free
      for (const entry of entries) void see(entry)
    })
    await withDeadline('The outbox', takeTimeoutMs, taking)
  }
  const loop = async () => {
    while (!stopped) {
      await sweep().catch((error: unknown) =>
        rarely('sweep', () => log.error({ queue, error: messageOf(error) }, 'the sweep could not look')),
      )
      // Jitter keeps many processes from looking at the same moment.
      if (!stopped) await bell.wait(everyMs * (0.8 + 0.4 * Math.random()))
    }
  }
  void loop()
  return {
    stop() {
      stopped = true
      bell.ring()
    },
  }
}
