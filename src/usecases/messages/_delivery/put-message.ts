import { onSameCard } from '../../../domain/bundle-place.ts'
import type { DeliveredMessage } from '../../../domain/messenger.ts'
import { orderRequestMessages } from '../../_shared/order-messages.ts'
import type { DeliverPorts, Delivery } from './delivery.ts'

/** Posts the message, or edits every copy of it. Records the address of each new post. */
export async function putMessage(
  { store, clock, messenger }: DeliverPorts,
  message: Delivery,
  posted: readonly DeliveredMessage[],
): Promise<void> {
  const { request, bundle } = message.history
  const shown = bundle ? onSameCard(bundle) : [request.id]
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
        for (const id of shown) await orderRequestMessages(tx, id, ['requester:submitted'], clock.now())
    })
  }
}
