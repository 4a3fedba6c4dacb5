import { type MessagePurpose, requestMessage } from '../../domain/message.ts'
import type { DeliveredMessage, MessageAddress, Ports } from '../../domain/ports.ts'

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
    const messages = await tx.messages.list([card.subject, ...notice])
    const isHere = ({ channelId, ts }: MessageAddress) => channelId === at.channelId && ts === at.ts
    if (messages.some((message) => isHere(message) && isKnown(message, requestId))) return 'known'
    const cards = messages.filter(({ purpose }) => purpose === 'card')
    const request = await tx.requests.lock(requestId)
    const owners = request && catalog.resources.get(request.asksFor.resourceId)?.owners.channel
    const channels = new Set([owners, ...cards.map(({ channelId }) => channelId)])
    if (!request || !channels.has(at.channelId)) return 'foreign'
    await tx.messages.record(card, at)
    await tx.outbox.add({ kind: 'deliver_message', ...card }, clock.now())
    return 'adopted'
  })
}

/** Messages with buttons about this request. A message about many leases belongs to the first of them. */
function isKnown({ purpose, subject }: DeliveredMessage, requestId: string): boolean {
  return purpose === 'shared_notice' || (subject.id === requestId && withButtons.has(purpose))
}

const withButtons: ReadonlySet<MessagePurpose> = new Set([
  'card',
  'copy:sponsor',
  'thread:review_overdue',
  'security:break_glass',
  'security:review_overdue',
])
