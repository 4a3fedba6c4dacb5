import { ruleOf, usualNoticing } from '../../../domain/noticing/all-rules.ts'
import type { NoticingRules } from '../../../domain/noticing/noticing-rules.ts'
import type { Occasion } from '../../../domain/noticing/rule.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Finding } from './raise.ts'

export function noticingRulesOf({ noticing }: Pick<Ports['catalog'], 'noticing'>): NoticingRules {
  return noticing ?? usualNoticing
}

/** What the rules notice at this occasion. They read, and change nothing. */
export async function askRules(
  { store, catalog }: Pick<Ports, 'store' | 'catalog'>,
  occasion: Occasion,
): Promise<Finding[]> {
  const { action } = occasion
  const findings: Finding[] = []
  for (const active of noticingRulesOf(catalog).rules) {
    const rule = ruleOf(active.kind)
    if (!rule) continue
    if (action === null ? !rule.isLive : !rule.on.includes(action)) continue
    const noticed = await rule.notice(occasion, active.values, store.noticing)
    if (noticed) findings.push({ active, occasion, noticed })
  }
  return findings
}
