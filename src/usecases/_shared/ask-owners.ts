import { addSeconds } from 'date-fns/addSeconds'
import type { Catalog } from '../../domain/catalog.ts'
import type { PendingRequest } from '../../domain/request.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { orderRequestMessages } from './order-messages.ts'
import { orderSubstitutes } from './order-substitutes.ts'

/** Orders the card of a request that people decide, and what follows if they do not answer. */
export async function askOwners(
  tx: Transaction,
  { defaults, resources }: Pick<Catalog, 'defaults' | 'resources'>,
  request: PendingRequest,
): Promise<void> {
  const { id: requestId, submittedAt: now, expiresAt } = request
  const own = resources.get(request.asksFor.resourceId)?.remindAfterSeconds
  const remindAt = addSeconds(now, own ?? defaults.remindAfterSeconds)
  await orderRequestMessages(tx, requestId, ['card'], now)
  await tx.outbox.add({ kind: 'expire_request', requestId }, expiresAt)
  await orderSubstitutes(tx, request, 0, now)
  if (remindAt < expiresAt) await tx.outbox.add({ kind: 'remind_approvers', requestId }, remindAt)
}
