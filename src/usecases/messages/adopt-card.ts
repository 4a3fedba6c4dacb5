import { requestMessage } from '../../domain/message.ts'
import type { MessageAddress, Ports } from '../../domain/ports.ts'

/**
 * Checks that a click came from a card of Daypass. Slack may post a card although its answer is lost. Such a card in the
 * owners' channel is stored as a copy, so that it is edited like the others. A card in any other channel is foreign.
 */
export async function adoptCard(
  { store, clock, catalog }: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { requestId, at }: { requestId: string; at: MessageAddress },
): Promise<'known' | 'adopted' | 'foreign'> {
  const card = requestMessage(requestId, 'card')
  if (await store.isPosted(card, at)) return 'known'
  return store.transaction(async (tx) => {
    const cards = (await tx.messages.list([card.subject])).filter(({ purpose }) => purpose === 'card')
    if (cards.some(({ channelId, ts }) => channelId === at.channelId && ts === at.ts)) return 'known'
    const request = await tx.requests.lock(requestId)
    const owners = request && catalog.resources.get(request.asksFor.resourceId)?.owners.channel
    const channels = new Set([owners, ...cards.map(({ channelId }) => channelId)])
    if (!request || !channels.has(at.channelId)) return 'foreign'
    await tx.messages.record(card, at)
    await tx.outbox.add({ kind: 'deliver_message', ...card }, clock.now())
    return 'adopted'
  })
}
