import { withDeadline } from '../deadline.ts'
import type { OutboxEntry } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import { type JobsLog, messageOf } from './observer.ts'
import { newWakeSignal } from './wake-signal.ts'

/** Adds a delayed job for each effect that is due later. One runs in every worker. */
export interface Scheduler {
  /** The outbox has new rows. Returns at once and never throws. */
  wake(): void
  /** False from a failed add until the next add that succeeds. */
  answering(): boolean
  /** Resolves when the scheduler no longer touches the outbox, or after two seconds. */
  stop(): Promise<void>
}

export interface SchedulerOptions {
  readonly outbox: Pick<Outbox, 'schedule'>
  readonly clock: Clock
  readonly add: (entries: readonly OutboxEntry[], now: Date) => Promise<void>
  readonly log: JobsLog
  readonly everyMs?: number
}

const batch = 200
/** Longer than the limit of an add: this limit is for a database that hangs. */
const passTimeoutMs = 15_000
const longestPauseMs = 2_000

export function startScheduler(options: SchedulerOptions): Scheduler {
  const { outbox, clock, add, log, everyMs = 1_000 } = options
  const work = newWakeSignal<null>()
  const pause = newWakeSignal<null>()
  let stopped = false
  let failures = 0
  let queueFault: unknown = null

  /** Only a successful add proves that the queue works again. A pass without rows proves nothing. */
  const enqueue = async (entries: readonly OutboxEntry[]) => {
    try {
      await add(entries, clock.now())
      if (queueFault) log.info({}, 'the queue answers again')
      queueFault = null
    } catch (error) {
      if (!queueFault)
        log.warn({ error: messageOf(error) }, 'the queue does not answer; the sweep performs what is due')
      queueFault = error
      throw error
    }
  }
  const pass = async () => {
    const scheduling = outbox.schedule(clock.now(), batch, enqueue)
    const count = await withDeadline('The outbox', passTimeoutMs, scheduling)
    failures = 0
    return count
  }
  const loop = async () => {
    while (!stopped) {
      try {
        const count = await pass()
        if (count < batch) await work.wait(everyMs, null)
      } catch (error) {
        failures += 1
        if (error !== queueFault && failures === 1)
          log.error({ error: messageOf(error) }, 'the outbox does not answer')
        await pause.wait(Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 10)), null)
      }
    }
  }
  const running = loop()
  return {
    wake: () => work.wake(null),
    answering: () => queueFault === null,
    async stop() {
      stopped = true
      work.wake(null)
      pause.wake(null)
      await withDeadline('The scheduler', 2_000, running).catch(() => {})
    },
  }
}
