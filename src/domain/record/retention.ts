import { type AuditAction, auditActions } from '../audit-event.ts'
import type { KeepRule } from './rules.ts'

/** No event is removed before this age, whatever the catalog says. The database enforces it too (`remove_audit_events`). */
export const shortestKeepSeconds = 90 * 86_400

/** The log needs these to be verified: keys, proofs of who clicked, erasures, removals and legal holds. They are never removed. */
const neverRemoved = ['record.', 'passkey.', 'erasure.', 'stream.', 'hold.']

export function isNeverRemoved(action: AuditAction): boolean {
  return neverRemoved.some((beginning) => action.startsWith(beginning))
}

/** The actions of each rule. An action belongs to the first rule that names it. */
export function actionsByRule(rules: readonly KeepRule[]): { rule: KeepRule; actions: AuditAction[] }[] {
  const left = new Set(auditActions.filter((action) => !isNeverRemoved(action)))
  return rules.map((rule) => {
    const actions = [...left].filter((action) => rule.events.some((pattern) => matches(action, pattern)))
    for (const action of actions) left.delete(action)
    return { rule, actions }
  })
}

/** Whether the pattern names any action. */
export function namesAny(pattern: string): boolean {
  return auditActions.some((action) => matches(action, pattern))
}

function matches(action: AuditAction, pattern: string): boolean {
  return pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : action === pattern
}

/** The rule as the record names it: `audit.*, request.nudged: 400 days`. */
export function ruleText({ events, keepSeconds }: KeepRule): string {
  const days = Math.floor(keepSeconds / 86_400)
  return `${events.join(', ')}: ${days} days`
}
