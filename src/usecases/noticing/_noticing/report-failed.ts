import { daypass } from '../../../domain/audit-event.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { ofNoRequest } from '../../_shared/audit-events.ts'
import { tellSecurityOnce } from '../../rules/tell-security.ts'
import type { FailedRule } from './ask-rules.ts'

/** Tells security of rules that could not be evaluated, and puts it on record: each once a day. */
export async function reportFailedRules(
  tx: Pick<Transaction, 'interactions' | 'outbox' | 'audit'>,
  failed: readonly FailedRule[],
  at: Date,
): Promise<void> {
  for (const { rule, error } of failed) {
    const message = error.slice(0, longestError)
    const notice = { kind: 'rule_failed' as const, rule, error: message }
    if (!(await tellSecurityOnce(tx, `the rule ${rule} failed`, at, notice))) continue
    await tx.audit.append({
      ...ofNoRequest(null),
      ...{ at, actor: daypass, action: 'alert.rule_failed', details: { rule, message } },
    })
  }
}

const longestError = 300
