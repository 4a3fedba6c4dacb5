import type { OutboxEntry } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import { newBell } from './bell.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, type JobsObserver, messageOf } from './observer.ts'

/** Hands what transactions left in the outbox to the queues. One runs in every process. */
export interface Relay {
  /** There is something in the outbox: look at once. Returns at once and never throws. */
  wake(): void
  /** False from an add that failed to the next that did not. */
  answering(): boolean
  /** Resolves when the relay no longer touches the outbox, or after two seconds. */
  stop(): Promise<void>
}

export interface RelayOptions {
  readonly outbox: Pick<Outbox, 'relay'>
  readonly clock: Clock
  readonly add: (entries: readonly OutboxEntry[], now: Date) => Promise<void>
  readonly log: JobsLog
  readonly observer?: JobsObserver
  readonly everyMs?: number
}

const batch = 200
/** More than an add may take: this is for a database that hangs. */
const passTimeoutMs = 15_000
const longestPauseMs = 2_000

export function startRelay(options: RelayOptions): Relay {
  const { outbox, clock, add, log, observer, everyMs = 1_000 } = options
  const work = newBell()
  const pause = newBell()
  let stopped = false
  let failures = 0
  let queueFault: unknown = null

  /** Only an add that succeeds says that the queue is back: a pass that finds nothing to add says nothing. */
  const enqueue = async (entries: readonly OutboxEntry[]) => {
    try {
      await add(entries, clock.now())
      if (queueFault) log.info({}, 'the queue answers again')
      queueFault = null
    } catch (error) {
      if (!queueFault)
        log.warn({ error: messageOf(error) }, 'the queue does not answer; the sweep does its work')
      queueFault = error
      throw error
    }
  }
  const pass = async () => {
    const count = await withDeadline('The outbox', passTimeoutMs, outbox.relay(batch, enqueue))
    if (count > 0) observer?.relayed?.(count)
    failures = 0
    return count
  }
  const loop = async () => {
    while (!stopped) {
      try {
        const count = await pass()
        if (count < batch) await work.wait(everyMs)
      } catch (error) {
        failures += 1
        if (error !== queueFault && failures === 1)
          log.error({ error: messageOf(error) }, 'the outbox does not answer')
        await pause.wait(Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 10)))
      }
    }
  }
  const running = loop()
  return {
    wake: work.ring,
    answering: () => queueFault === null,
    async stop() {
      stopped = true
      work.ring()
      pause.ring()
      await withDeadline('The relay', 2_000, running).catch(() => {})
    },
  }
}
