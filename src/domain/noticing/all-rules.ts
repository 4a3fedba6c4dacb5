import { type ActiveRule, type NoticingRules, usualStorm } from './noticing-rules.ts'
import type { Rule } from './rule.ts'
import { breakGlass } from './rules/break-glass.ts'
import { drift } from './rules/drift.ts'
import { manyRequests } from './rules/many-requests.ts'
import { manyRows } from './rules/many-rows.ts'
import { neverUsed } from './rules/never-used.ts'
import { newAddress } from './rules/new-address.ts'
import { oneApprover } from './rules/one-approver.ts'
import { outsideHours } from './rules/outside-hours.ts'
import { quickApprovals } from './rules/quick-approvals.ts'
import { refusedStatements } from './rules/refused-statements.ts'

/** Every kind of rule that notices. */
export const allRules: readonly Rule[] = [
  neverUsed,
  newAddress,
  outsideHours,
  manyRows,
  refusedStatements,
  manyRequests,
  quickApprovals,
  oneApprover,
  breakGlass,
  drift,
]

export function ruleOf(kind: string): Rule | undefined {
  return allRules.find((rule) => rule.kind === kind)
}

/** The title of a rule. Rules of other versions have their kind. */
export function titleOfRule(kind: string): string {
  return ruleOf(kind)?.title ?? kind
}

/** This rule with its usual settings. */
export function usually({ kind, atMost, settings }: Rule): ActiveRule {
  const values = Object.fromEntries(Object.entries(settings).map(([name, { usual }]) => [name, usual]))
  return { kind, atMost, audience: 'security', values }
}

/** Where the catalog says nothing. */
export const usualNoticing: NoticingRules = {
  rules: allRules.filter(({ isOn }) => isOn).map(usually),
  storm: usualStorm,
}
