import type { OutboxEntry } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import { queueNames } from './queues.ts'

export interface ProcessAllOptions {
  readonly outbox: Pick<Outbox, 'takeOverdue'>
  readonly clock: Clock
  readonly holdSeconds: number
  readonly perform: (entry: OutboxEntry) => Promise<void>
  /** What workers and sweep of this process have in hand. */
  readonly inHand: ReadonlySet<Promise<void>>
}

const limit = 50
/** An effect that is due again as soon as it was done would keep this going for ever. */
const mostPasses = 1_000

/**
 * Sees to all that is due now, and to what becomes due by it, until nothing is left. For tests, which own the
 * clock and would rather not wait.
 */
export async function processAll(options: ProcessAllOptions): Promise<void> {
  const { outbox, clock, holdSeconds, perform, inHand } = options
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const now = clock.now()
    const justAfter = new Date(now.getTime() + 1)
    let taken = 0
    for (const queue of queueNames) {
      const entries = await outbox.takeOverdue(queue, justAfter, now, holdSeconds, limit)
      taken += entries.length
      for (const entry of entries) await perform(entry)
    }
    if (taken > 0) continue
    if (inHand.size === 0) return
    await Promise.all(inHand)
  }
  throw new Error('The outbox does not run dry: some effect is due again each time that it is done.')
}
