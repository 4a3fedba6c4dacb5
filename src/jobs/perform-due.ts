import { queueNames } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import { groupEntries } from './group-entries.ts'
import { type RunPorts, runGroup } from './run-group.ts'

export interface PerformDueOptions extends RunPorts {
  readonly outbox: Outbox
  readonly effects: readonly RunnableEffect[]
}

const holdSeconds = 30
const limit = 50
/** An effect that is due again as soon as it was done would keep this going for ever. */
const mostPasses = 1_000

/**
 * Performs all due effects, and the effects that these add, one after the other until none is due. For tests, which set
 * the clock and do not wait.
 */
export async function performDue(options: PerformDueOptions): Promise<void> {
  const { outbox, clock, effects } = options
  const byKind = new Map(effects.map((effect) => [effect.kind, effect]))
  const queues = queueNames.map((name) => effects.filter(({ queue }) => queue === name))
  for (let pass = 0; pass < mostPasses; pass += 1) {
    let taken = 0
    for (const queue of queues) {
      const kinds = queue.map(({ kind }) => kind)
      const order = { kinds, now: clock.now(), holdSeconds, limit, perTarget: null, except: [] }
      const entries = await outbox.takeDue(order)
      taken += entries.length
      for (const { effect, entries: group } of groupEntries(entries, byKind)) {
        await runGroup(options, { effect, entries: group, context: { probing: true }, by: 'commit' })
      }
    }
    if (taken === 0) return
  }
  throw new Error('The outbox does not run dry: some effect is due again each time that it is done.')
}
