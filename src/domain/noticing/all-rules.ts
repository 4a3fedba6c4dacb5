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

/** The title of a rule. Rules of other versions have their kind. */
export function titleOfRule(kind: string): string {
  return allRules.find((rule) => rule.kind === kind)?.title ?? kind
}
