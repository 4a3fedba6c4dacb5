import type { WebClient } from '@slack/web-api'
import { LRUCache } from 'lru-cache'
import type { Catalog } from '../../domain/catalog.ts'
import { purposes } from '../../domain/message.ts'
import {
  type MessageAddress,
  type Messenger,
  MessengerError,
  type OutgoingMessage,
} from '../../domain/ports.ts'
import { createTtlCache, type TtlCache } from '../../ttl-cache.ts'
import type { Channels } from '../api/channels.ts'
import { explainSlackError } from '../api/slack-error.ts'
import { findPosted, messageEventType } from './find-posted.ts'
import { renderMessage } from './render-message.ts'

export interface MessengerOptions {
  /** The background client: a queue tries again what fails here. */
  readonly client: WebClient
  readonly catalog: Catalog
  readonly channels: Channels
}

/** The standing message is gone or can no longer be edited: a new one takes its place. */
const repostCodes = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])

/** A direct message keeps its channel; this only bounds how long a mistake could last. */
const directMessageSeconds = 86_400

/** Puts messages into Slack, and keeps them true. */
export function createMessenger(options: MessengerOptions): Messenger {
  const { client, catalog } = options
  const directMessages = createTtlCache((userId) => openDirectMessage(client, userId))
  /** Posts whose answer never came: the message may stand there all the same. */
  const unconfirmedPosts = new LRUCache<string, true>({ max: 10_000 })

  async function deliver(message: OutgoingMessage, at: MessageAddress | null): Promise<MessageAddress> {
    const content = contentOf(message, catalog)
    if (at) {
      const edited = await edit(client, at, content)
      if (edited) return edited
    }
    const channelId = await channelOf(options, message, directMessages)
    const key = `${message.history.request.id} ${message.purpose}`
    const standing = unconfirmedPosts.has(key) ? await findPosted(client, channelId, message) : null
    const found = standing && (await edit(client, standing, content))
    if (found) return found
    try {
      const at = await post(client, channelId, message, content)
      unconfirmedPosts.delete(key)
      return at
    } catch (error) {
      // A thread and a direct message have histories of their own, and nobody acts on a copy there.
      if (message.purpose === 'card' && error instanceof MessengerError && error.code === 'unreachable')
        unconfirmedPosts.set(key, true)
      throw error
    }
  }

  return { deliver }
}

const noUnfurling = { unfurl_links: false, unfurl_media: false }

type Content = ReturnType<typeof contentOf>

function contentOf(message: OutgoingMessage, catalog: Catalog) {
  return {
    ...renderMessage(message, catalog),
    // Every member and app of the workspace can read metadata: ids only.
    metadata: {
      event_type: messageEventType,
      event_payload: { request_id: message.history.request.id, purpose: message.purpose },
    },
  }
}

async function edit(client: WebClient, at: MessageAddress, content: Content): Promise<MessageAddress | null> {
  try {
    await client.chat.update({ channel: at.channelId, ts: at.ts, ...content })
    return at
  } catch (error) {
    if (repostCodes.has(explainSlackError(error).code)) return null
    throw messengerError(error)
  }
}

async function post(
  client: WebClient,
  channelId: string,
  message: OutgoingMessage,
  content: Content,
): Promise<MessageAddress> {
  const isBeneathCard = purposes[message.purpose].audience === 'owners_thread'
  const thread = isBeneathCard && message.card ? { thread_ts: message.card.ts } : {}
  try {
    const posted = await client.chat.postMessage({
      channel: channelId,
      ...content,
      ...thread,
      ...noUnfurling,
    })
    if (!posted.ts) throw new Error('chat.postMessage named no ts')
    return { channelId: posted.channel ?? channelId, ts: posted.ts }
  } catch (error) {
    throw messengerError(error)
  }
}

async function channelOf(
  { channels }: MessengerOptions,
  message: OutgoingMessage,
  directMessages: TtlCache<string>,
): Promise<string> {
  const { purpose, card, history } = message
  const { audience } = purposes[purpose]
  if (audience === 'requester') return directMessages.get(history.requester.userId, directMessageSeconds)
  if (audience === 'owners_thread' && !card) {
    throw new MessengerError('no_card', 'The card that this belongs under is not posted yet.', {
      retryable: true,
    })
  }
  const channelId = audience === 'owners_thread' ? card?.channelId : message.channelId
  if (!channelId)
    throw new MessengerError('no_channel', `No channel is named for ${purpose}.`, { retryable: false })
  await refuseOutsiders(channels, channelId)
  return channelId
}

/** Who holds what, and why, is not for other organisations. Fails closed: what cannot be known is not posted. */
async function refuseOutsiders(channels: Channels, channelId: string): Promise<void> {
  let shared: boolean
  try {
    shared = await channels.isExternallyShared(channelId)
  } catch (error) {
    throw messengerError(error)
  }
  if (!shared) return
  const message =
    `Channel ${channelId} is shared with another organisation, so requests are not shown there. ` +
    'Name a channel of your own workspace in the catalog.'
  throw new MessengerError('externally_shared', message, { retryable: false })
}

async function openDirectMessage(client: WebClient, userId: string): Promise<string> {
  try {
    const { channel } = await client.conversations.open({ users: userId })
    if (!channel?.id) throw new Error('conversations.open named no channel')
    return channel.id
  } catch (error) {
    throw messengerError(error)
  }
}

function messengerError(error: unknown): MessengerError {
  const { code, message, retryable, retryAfterSeconds } = explainSlackError(error)
  return new MessengerError(code, message, { retryable, retryAfterSeconds, cause: error })
}
