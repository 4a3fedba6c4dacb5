import { subSeconds } from 'date-fns/subSeconds'
import type { Ports } from '../../domain/ports.ts'
import type { KeptByHolds } from '../../domain/record/legal-hold.ts'
import { actionsByRule, ruleText } from '../../domain/record/retention.ts'
import { addKept, recordKept } from '../_shared/record-kept.ts'

/** With each removal the log names its positions, so that an event stays small. */
const mostAtOnce = 1_000
const mostInOnePass = 50_000

export interface RemovedOldEvents {
  readonly removed: number
  /** Events whose time is over, and that legal holds cover. */
  readonly kept: KeptByHolds
}

/**
 * Removes the events whose time is over by the catalog, except those that legal holds cover. Their hashes stay, and so does every proof.
 * Each removal is an event of its own, in the same transaction.
 */
export async function removeOldEvents({
  record,
  store,
  clock,
  catalog,
}: Pick<Ports, 'record' | 'store' | 'clock' | 'catalog'>): Promise<RemovedOldEvents> {
  let removed = 0
  let kept: KeptByHolds = {}
  for (const { rule, actions } of actionsByRule(catalog.record?.keep ?? [])) {
    if (actions.length === 0) continue
    const text = ruleText(rule)
    let keptByRule: KeptByHolds = {}
    for (let after: number | null = 0; after !== null && removed < mostInOnePass; ) {
      const at = clock.now()
      const before = subSeconds(at, rule.keepSeconds)
      const part = await record.removeEvents({ rule: text, actions, before, at, most: mostAtOnce, after })
      removed += part.removed
      keptByRule = addKept(keptByRule, part.kept)
      after = part.looked === mostAtOnce ? part.last : null
    }
    await recordKept({ store, clock }, `events, by the rule ${text}`, keptByRule)
    kept = addKept(kept, keptByRule)
  }
  return { removed, kept }
}
