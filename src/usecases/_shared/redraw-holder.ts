import type { Grant } from '../../domain/grant.ts'
import { grantMessage } from '../../domain/message.ts'
import type { Transaction } from '../../domain/ports.ts'
import { orderGrantMessages } from './order-messages.ts'

/** What the holder has read of access that is open, with its buttons, is to show that it no longer is. */
export async function redrawHolder(
  tx: Transaction,
  grant: Pick<Grant, 'id' | 'requestId'>,
  now: Date,
): Promise<void> {
  const delivered = await tx.messages.list([{ kind: 'grant', id: grant.id }])
  const notices = delivered.filter(({ purpose }) => purpose === 'requester:expiry_notice')
  for (const seconds of new Set(notices.map(({ variant }) => variant))) {
    const notice = grantMessage(grant, 'requester:expiry_notice', seconds)
    await tx.outbox.add({ kind: 'deliver_message', ...notice }, now)
  }
  await orderGrantMessages(tx, grant, ['requester:active'], now)
}
