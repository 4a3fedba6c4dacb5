import { subSeconds } from 'date-fns/subSeconds'
import type { Ports } from '../../domain/ports.ts'
import { actionsByRule, ruleText } from '../../domain/record/retention.ts'

/** With each removal the log names its positions, so that an event stays small. */
const mostAtOnce = 1_000
const mostInOnePass = 50_000

/**
 * Removes the events whose time is over by the catalog. Their hashes stay, and so does every proof. Each removal is an event of its own,
 * in the same transaction. Resolves with the number of events.
 */
export async function removeOldEvents({
  record,
  clock,
  catalog,
}: Pick<Ports, 'record' | 'clock' | 'catalog'>): Promise<number> {
  let removed = 0
  for (const { rule, actions } of actionsByRule(catalog.record?.keep ?? [])) {
    if (actions.length === 0) continue
    for (let count = mostAtOnce; count === mostAtOnce && removed < mostInOnePass; removed += count) {
      const at = clock.now()
      const before = subSeconds(at, rule.keepSeconds)
      count = await record.removeEvents({ rule: ruleText(rule), actions, before, at, most: mostAtOnce })
    }
  }
  return removed
}
