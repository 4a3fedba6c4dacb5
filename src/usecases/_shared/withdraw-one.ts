import type { Account } from '../../domain/account.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest } from './audit-events.ts'
import { orderRequestMessages } from './order-messages.ts'

/** Ends an open pre-approval, which this transaction has locked. `by` null: a rule of an access review ends it. */
export async function withdrawOne(
  tx: Transaction,
  { id, reference, requestId }: PreApproval,
  { by, at, policy }: { by: Account | null; at: Date; policy: PolicyResult | null },
): Promise<void> {
  await tx.preApprovals.withdraw(id, { byId: by?.id ?? null, at })
  const request = await tx.requests.lock(requestId)
  if (!request) throw new Error(`pre-approval ${reference} has no request`)
  const rest = { policy, details: { pre_approval: reference } }
  const actor = by ? actorOf(by) : daypass
  await tx.audit.append(ofRequest(request, 'pre_approval.withdrawn', actor, at, rest))
  await orderRequestMessages(tx, requestId, ['requester:pre_approved', 'card'], at)
}
