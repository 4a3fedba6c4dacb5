import type { Grant } from '../../domain/grant.ts'
import { grantMessage, type MessagePurpose } from '../../domain/message.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { orderGrantMessages } from './order-messages.ts'

/** Messages of which a lease may have several. */
const offering: readonly MessagePurpose[] = ['requester:expiry_notice', 'requester:idle']

/**
 * Orders an edit of the holders' messages that offer the access, so that they show its present end, or that it is no longer open. `at`: the time
 * of the edits about the grant at this index.
 */
export async function redrawHolders(
  tx: Transaction,
  grants: readonly Pick<Grant, 'id' | 'requestId'>[],
  at: (index: number) => Date,
): Promise<void> {
  if (grants.length === 0) return
  const delivered = await tx.messages.list(grants.map(({ id }) => ({ kind: 'grant', id })))
  const notices = delivered.filter(({ purpose }) => offering.includes(purpose))
  for (const [index, grant] of grants.entries()) {
    const ofThis = notices.filter(({ subject }) => subject.id === grant.id)
    for (const purpose of offering) {
      const variants = ofThis.flatMap((one) => (one.purpose === purpose ? [one.variant] : []))
      for (const variant of new Set(variants))
        await tx.outbox.add({ kind: 'deliver_message', ...grantMessage(grant, purpose, variant) }, at(index))
    }
    await orderGrantMessages(tx, grant, ['requester:active'], at(index))
  }
}
