import { type MessagePurpose, requestMessage } from '../../domain/message.ts'
import type { DeliveredMessage, MessageAddress } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'

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
    const noticeId = await tx.sharedNotices.of(requestId)
    const notice = noticeId === null ? [] : [requestMessage(noticeId, 'shared_notice').subject]
    // A part of a bundle stands on the card of another part.
    const cardId = (await tx.bundles.cardOf(requestId)) ?? requestId
    const elsewhere = cardId === requestId ? [] : [requestMessage(cardId, 'card').subject]
    const messages = await tx.messages.list([card.subject, ...elsewhere, ...notice])
    const isHere = ({ channelId, ts }: MessageAddress) => channelId === at.channelId && ts === at.ts
    if (messages.some((message) => isHere(message) && isKnown(message, requestId, cardId))) return 'known'
    const cards = messages.filter(({ purpose }) => purpose === 'card')
    const request = await tx.requests.lock(requestId)
    const owners = request && catalog.resources.get(request.asksFor.resourceId)?.owners.channel
    const channels = new Set([owners, ...cards.map(({ channelId }) => channelId)])
    if (!request || !channels.has(at.channelId)) return 'foreign'
    const shown = requestMessage(cardId, 'card')
    await tx.messages.record(shown, at)
    await tx.outbox.add({ kind: 'deliver_message', ...shown }, clock.now())
    return 'adopted'
  })
}

/** Messages with buttons about this request. A message about many leases belongs to the first of them. */
function isKnown({ purpose, subject }: DeliveredMessage, requestId: string, cardId: string): boolean {
  if (purpose === 'card') return subject.id === cardId
  return purpose === 'shared_notice' || (subject.id === requestId && withButtons.has(purpose))
}

const withButtons: ReadonlySet<MessagePurpose> = new Set([
  'copy:sponsor',
  'thread:review_overdue',
  'security:break_glass',
  'security:review_overdue',
])
