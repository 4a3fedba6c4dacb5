import type { WebClient } from '@slack/web-api'
import { type MessageAddress, MessengerError } from '../../domain/messenger.ts'
import type { Channels } from '../api/channels.ts'
import { explainSlackError } from '../api/slack-error.ts'
import type { MessageContent } from '../kit/blocks.ts'

export interface PostedContent extends MessageContent {
  /** Ids only, because every member and app of the workspace can read them. */
  readonly metadata: {
    readonly event_type: string
    readonly event_payload: Readonly<Record<string, string>>
  }
}

/** Posts a message, in a thread if `threadTs` names one. */
export async function postContent(
  client: WebClient,
  channelId: string,
  content: PostedContent,
  threadTs: string | null = null,
): Promise<MessageAddress> {
  const thread = threadTs === null ? {} : { thread_ts: threadTs }
  try {
    const posted = await client.chat.postMessage({
      channel: channelId,
      ...content,
      ...thread,
      unfurl_links: false,
      unfurl_media: false,
    })
    if (!posted.ts) throw new Error('chat.postMessage returned no ts')
    return { channelId: posted.channel ?? channelId, ts: posted.ts }
  } catch (error) {
    throw messengerError(error)
  }
}

/** Other organisations must not read who has access. When Slack does not answer, nothing is posted. */
export async function refuseOutsiders(channels: Channels, channelId: string): Promise<void> {
  let shared: boolean
  try {
    shared = await channels.isExternallyShared(channelId)
  } catch (error) {
    throw messengerError(error)
  }
  if (!shared) return
  const message =
    `Channel ${channelId} is shared with another organisation, so Daypass posts no requests there. ` +
    'Name a channel of your own workspace in the catalog.'
  throw new MessengerError('externally_shared', message, { retryable: false })
}

export function messengerError(error: unknown): MessengerError {
  const { code, message, retryable, retryAfterSeconds } = explainSlackError(error)
  return new MessengerError(code, message, { retryable, retryAfterSeconds, cause: error })
}
