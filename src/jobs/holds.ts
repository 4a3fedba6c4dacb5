import type { OutboxEntry } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { Clock } from '../domain/ports.ts'
import type { JobsLog } from './observer.ts'
import { repeat } from './repeat.ts'

/**
 * Holds the entries that are under way. Holds are short and a living worker renews them, so a dead worker is noticed
 * soon.
 */
export interface Holds {
  keep(entry: OutboxEntry): void
  letGo(entry: OutboxEntry): void
  stop(): void
}

export interface HoldsOptions {
  readonly outbox: Pick<Outbox, 'renew'>
  readonly clock: Clock
  readonly log: JobsLog
  readonly holdSeconds: number
}

export function startHolds({ outbox, clock, log, holdSeconds }: HoldsOptions): Holds {
  const held = new Set<OutboxEntry>()
  const renew = async () => {
    if (held.size > 0) await outbox.renew([...held], clock.now(), holdSeconds)
  }
  const problem = 'the holds on running effects could not be renewed; other workers may repeat them'
  const stop = repeat({ everyMs: (holdSeconds * 1000) / 3, log, problem, work: renew })
  return {
    keep: (entry) => void held.add(entry),
    letGo: (entry) => void held.delete(entry),
    stop,
  }
}
