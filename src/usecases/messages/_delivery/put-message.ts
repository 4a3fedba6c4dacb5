import type { DeliveredMessage } from '../../../domain/ports.ts'
import { orderRequestMessages } from '../../_shared/order-messages.ts'
import type { DeliverPorts, Delivery } from './delivery.ts'

/** Posts the message, or edits every copy of it. Records the address of each new post. */
export async function putMessage(
  { store, clock, messenger }: DeliverPorts,
  message: Delivery,
  posted: readonly DeliveredMessage[],
): Promise<void> {
  const { id: requestId } = message.history.request
  const addresses = posted.length > 0 ? posted : [null]
  for (const address of addresses) {
    const at = await messenger.deliver(message, address)
    if (at.ts === address?.ts && at.channelId === address.channelId) continue
    await store.transaction(async (tx) => {
      await tx.messages.record(message.key, at)
      // The old post was deleted. If its address stayed, each later edit would post the message again.
      if (address) await tx.messages.forget(message.key, address)
      // The owners have the card now, so the requester's message may say so.
      if (!address && message.purpose === 'card')
        await orderRequestMessages(tx, requestId, ['requester:submitted'], clock.now())
    })
  }
}
