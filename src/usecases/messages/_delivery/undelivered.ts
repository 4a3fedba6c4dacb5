import { isSameMessage, purposes } from '../../../domain/message.ts'
import type { MessengerError } from '../../../domain/messenger.ts'
import { orderRequestMessages } from '../../_shared/order-messages.ts'
import type { DeliverPorts, Delivery } from './delivery.ts'

/** Records that a message could not be delivered. Tells security once, and the requester when it is the card. */
export async function noteUndelivered(
  { store, clock }: DeliverPorts,
  { code, message: problem }: MessengerError,
  message: Delivery,
): Promise<void> {
  const { key, channelId, history } = message
  const requestId = history.request.id
  const known = undeliveredOf(message)
  const mayTell = purposes[key.purpose].audience !== 'security'
  const since = known?.since ?? clock.now()
  await store.transaction(async (tx) => {
    const told = await tx.messages.noteUndelivered({ ...key, channelId, code, problem, since }, mayTell)
    if (told && !known?.told) await orderRequestMessages(tx, requestId, ['security:undelivered'], clock.now())
    if (key.purpose === 'card' && !known)
      await orderRequestMessages(tx, requestId, ['requester:submitted'], clock.now())
  })
}

/** Removes the record that a message is undelivered, because it was delivered or is not needed. Tells security so. */
export async function clearUndelivered({ store, clock }: DeliverPorts, message: Delivery): Promise<void> {
  const known = undeliveredOf(message)
  if (!known) return
  await store.transaction(async (tx) => {
    await tx.messages.clearUndelivered(message.key)
    if (known.told)
      await orderRequestMessages(tx, message.history.request.id, ['security:undelivered'], clock.now())
  })
}

function undeliveredOf({ key, undelivered }: Delivery) {
  return undelivered.find((message) => isSameMessage(message, key))
}
