import type { WebClient } from '@slack/web-api'
import type { EndingsDigest } from '../../domain/endings-digest.ts'
import type { MessageAddress } from '../../domain/messenger.ts'
import type { Channels } from '../api/channels.ts'
import { digestMessage } from './digest.ts'
import { findPosted, messageEventType, type PostedSign } from './find-posted.ts'
import { postContent, refuseOutsiders } from './posting.ts'

/** Posts the digest, if it is not found in the channel. */
export async function postDigest(
  { client, channels }: { client: WebClient; channels: Channels },
  digest: EndingsDigest,
  mayBePosted: boolean,
): Promise<MessageAddress> {
  const { channelId } = digest
  await refuseOutsiders(channels, channelId)
  const sign: PostedSign = { ids: { digest_id: digest.id }, since: digest.openedAt }
  const found = mayBePosted ? await findPosted(client, channelId, sign) : null
  if (found) return found
  const metadata = { event_type: messageEventType, event_payload: sign.ids }
  return postContent(client, channelId, { ...digestMessage(digest), metadata })
}
