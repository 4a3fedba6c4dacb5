import type { Clock, Outbox } from '../domain/ports.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'

export interface HousekeepingOptions {
  readonly outbox: Pick<Outbox, 'prune'>
  readonly clock: Clock
  readonly log: JobsLog
  /** Asks the database for its time anew. */
  readonly resyncClock?: () => Promise<unknown>
  /** Whether this process forgets old entries. */
  readonly prunes: boolean
}

const resyncEveryMs = 5_000
const pruneEveryMs = 3_600_000
const keptForMs = 7 * 86_400_000

/** Keeps the clock true and the outbox small. Returns how to stop it. */
export function startHousekeeping(options: HousekeepingOptions): () => void {
  const { outbox, clock, log, resyncClock } = options
  const timers: NodeJS.Timeout[] = []
  if (resyncClock) {
    timers.push(repeat(resyncEveryMs, log, 'the clock could not be set', resyncClock))
  }
  if (options.prunes) {
    const prune = () => outbox.prune(new Date(clock.now().getTime() - keptForMs))
    timers.push(repeat(pruneEveryMs, log, 'the outbox could not be pruned', prune))
  }
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

function repeat(
  everyMs: number,
  log: JobsLog,
  trouble: string,
  work: () => Promise<unknown>,
): NodeJS.Timeout {
  const rarely = seldom()
  let busy = false
  const once = async () => {
    if (busy) return
    busy = true
    try {
      await withDeadline('The database', 30_000, work())
    } catch (error) {
      rarely('trouble', () => log.warn({ error: messageOf(error) }, trouble))
    } finally {
      busy = false
    }
  }
  const timer = setInterval(once, everyMs)
  timer.unref()
  return timer
}
