import { addSeconds } from 'date-fns/addSeconds'
import { rungsOf } from '../../domain/approval-plan.ts'
import type { PendingRequest } from '../../domain/request.ts'
import type { Transaction } from '../../domain/transaction.ts'

/**
 * Orders that the substitutes and the last resort are told, if nobody answers in their time. `answers`: the number of decisions so
 * far.
 */
export async function orderSubstitutes(
  tx: Transaction,
  { id: requestId, terms, expiresAt }: PendingRequest,
  answers: number,
  now: Date,
): Promise<void> {
  for (const [rung, { afterSeconds }] of rungsOf(terms.approvals).entries()) {
    const dueAt = addSeconds(now, afterSeconds)
    if (dueAt < expiresAt) await tx.outbox.add({ kind: 'call_substitutes', requestId, answers, rung }, dueAt)
  }
}
