import type { Grant } from '../../domain/grant.ts'
import {
  grantMessage,
  type MessagePurpose,
  type RequestPurpose,
  requestMessage,
} from '../../domain/message.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Orders the delivery of these messages about a request. Each is posted or edited to show the present state. */
export async function orderRequestMessages(
  tx: Transaction,
  requestId: string,
  purposes: readonly RequestPurpose[],
  at: Date,
): Promise<void> {
  for (const purpose of purposes)
    await tx.outbox.add({ kind: 'deliver_message', ...requestMessage(requestId, purpose) }, at)
}

/** The same for messages about a grant or about its request. */
export async function orderGrantMessages(
  tx: Transaction,
  grant: Pick<Grant, 'id' | 'requestId'>,
  purposes: readonly MessagePurpose[],
  at: Date,
): Promise<void> {
  for (const purpose of purposes)
    await tx.outbox.add({ kind: 'deliver_message', ...grantMessage(grant, purpose) }, at)
}
