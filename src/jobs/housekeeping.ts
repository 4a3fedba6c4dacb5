import type { Outbox } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import type { JobsLog } from './observer.ts'
import { repeat } from './repeat.ts'

export interface HousekeepingOptions {
  readonly outbox: Pick<Outbox, 'prune'>
  readonly clock: Clock
  readonly log: JobsLog
  /** Asks the database for its time anew. */
  readonly resyncClock?: () => Promise<unknown>
  /** Whether this process deletes old entries. */
  readonly prunes: boolean
}

const resyncEveryMs = 5_000
const pruneEveryMs = 3_600_000
const keptForMs = 7 * 86_400_000

/** Keeps the clock right and the outbox small. Returns a function that stops it. */
export function startHousekeeping(options: HousekeepingOptions): () => void {
  const { outbox, clock, log, resyncClock } = options
  const stops: (() => void)[] = []
  if (resyncClock) {
    stops.push(
      repeat({ everyMs: resyncEveryMs, log, problem: 'the clock could not be set', work: resyncClock }),
    )
  }
  if (options.prunes) {
    const prune = () => outbox.prune(new Date(clock.now().getTime() - keptForMs))
    stops.push(repeat({ everyMs: pruneEveryMs, log, problem: 'the outbox could not be pruned', work: prune }))
  }
  return () => {
    for (const stop of stops) stop()
  }
}
