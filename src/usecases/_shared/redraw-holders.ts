import type { Grant } from '../../domain/grant.ts'
import { grantMessage } from '../../domain/message.ts'
import type { Transaction } from '../../domain/ports.ts'
import { orderGrantMessages } from './order-messages.ts'

/**
 * Orders an edit of the holders' messages that offer the access, so that they show that it is no longer open. `at`: the time
 * of the edits about the grant at this index.
 */
export async function redrawHolders(
  tx: Transaction,
  grants: readonly Pick<Grant, 'id' | 'requestId'>[],
  at: (index: number) => Date,
): Promise<void> {
  if (grants.length === 0) return
  const delivered = await tx.messages.list(grants.map(({ id }) => ({ kind: 'grant', id })))
  const notices = delivered.filter(({ purpose }) => purpose === 'requester:expiry_notice')
  for (const [index, grant] of grants.entries()) {
    const ofThis = notices.filter(({ subject }) => subject.id === grant.id)
    for (const seconds of new Set(ofThis.map(({ variant }) => variant))) {
      const notice = grantMessage(grant, 'requester:expiry_notice', seconds)
      await tx.outbox.add({ kind: 'deliver_message', ...notice }, at(index))
    }
    await orderGrantMessages(tx, grant, ['requester:active'], at(index))
  }
}
