import type { Ports } from '../../domain/ports.ts'
import { adoptCard } from '../../usecases/messages/adopt-card.ts'
import { textMessage } from './blocks.ts'
import type { ActionPayload } from './payload.ts'
import type { Reply } from './reply.ts'
import { parseRequestId } from './request-id.ts'

const foreignCard =
  'I did not post this card, so nothing was changed. Please use the card in the owners’ channel.'

/** The request of a card that Daypass posted, or of a row of the Home tab. On any other message the person is told so, and the result is null. */
export async function requestOfCard(
  ports: Pick<Ports, 'store' | 'catalog' | 'clock'>,
  { value, view, channelId, messageTs }: ActionPayload,
  reply: Reply,
): Promise<string | null> {
  const requestId = parseRequestId(value)
  if (requestId && view?.isHome) return requestId
  const at = channelId !== null && messageTs !== null ? { channelId, ts: messageTs } : null
  if (requestId && at && (await adoptCard(ports, { requestId, at })) !== 'foreign') return requestId
  await reply.ephemeral(textMessage(foreignCard))
  return null
}
