import type { Ports } from '../../domain/ports.ts'
import { adoptCard } from '../../usecases/messages/adopt-card.ts'
import { foreignCard } from './answers.ts'
import { textMessage } from './blocks.ts'
import { parseRequestId } from './ids.ts'
import type { ActionPayload } from './payload.ts'
import type { Reply } from './reply.ts'

/** The request that a card of ours stands for. A card that is not ours is told so, and null. */
export async function requestOfCard(
  ports: Pick<Ports, 'store' | 'catalog' | 'clock'>,
  { value, channelId, messageTs }: ActionPayload,
  reply: Reply,
): Promise<string | null> {
  const requestId = parseRequestId(value)
  const at = channelId !== null && messageTs !== null ? { channelId, ts: messageTs } : null
  if (requestId && at && (await adoptCard(ports, { requestId, at })) !== 'foreign') return requestId
  await reply.ephemeral(textMessage(foreignCard))
  return null
}
