import type { PendingRequest } from '../../domain/request.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Orders that the target says what an action would change. The owners are asked after that. */
export async function orderPreview(tx: Transaction, request: PendingRequest): Promise<void> {
  const { id: requestId, submittedAt, expiresAt, asksFor } = request
  await tx.outbox.add({ kind: 'preview_action', requestId, resourceId: asksFor.resourceId }, submittedAt)
  await tx.outbox.add({ kind: 'expire_request', requestId }, expiresAt)
}
