import type { Grant } from '../../domain/grant.ts'
import {
  grantMessage,
  type MessagePurpose,
  type RequestPurpose,
  requestMessage,
} from '../../domain/message.ts'
import type { Transaction } from '../../domain/ports.ts'

/** Orders that these messages about a request exist and show its present state. */
export async function orderRequestMessages(
  tx: Transaction,
  requestId: string,
  purposes: readonly RequestPurpose[],
  at: Date,
): Promise<void> {
  for (const purpose of purposes)
    await tx.outbox.add({ kind: 'deliver_message', ...requestMessage(requestId, purpose) }, at)
}

/** The same about a grant, and about the request that it came of. */
export async function orderGrantMessages(
  tx: Transaction,
  grant: Pick<Grant, 'id' | 'requestId'>,
  purposes: readonly MessagePurpose[],
  at: Date,
): Promise<void> {
  for (const purpose of purposes)
    await tx.outbox.add({ kind: 'deliver_message', ...grantMessage(grant, purpose) }, at)
}
