import { addSeconds } from 'date-fns/addSeconds'
import type { Transaction } from '../../domain/ports.ts'
import type { PendingRequest } from '../../domain/request.ts'

/** Orders that the substitutes are told, if nobody answers in their time. `answers`: the number of decisions so far. */
export async function orderSubstitutes(
  tx: Transaction,
  { id, terms, expiresAt }: PendingRequest,
  answers: number,
  now: Date,
): Promise<void> {
  const { substitutes } = terms.approvals
  if (!substitutes) return
  const dueAt = addSeconds(now, substitutes.afterSeconds)
  if (dueAt < expiresAt) await tx.outbox.add({ kind: 'call_substitutes', requestId: id, answers }, dueAt)
}
