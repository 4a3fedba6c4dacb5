import type { WebClient } from '@slack/web-api'
import { LRUCache } from 'lru-cache'
import type { Catalog } from '../../domain/catalog.ts'
import type { Home } from '../../domain/home.ts'
import { purposes } from '../../domain/message.ts'
import {
  type MessageAddress,
  type Messenger,
  MessengerError,
  type OutgoingEngagementMessage,
  type OutgoingMessage,
  type OutgoingReport,
} from '../../domain/messenger.ts'
import type { PasskeyNotice, SecurityNotice } from '../../domain/security-notice.ts'
import { createTtlCache, type TtlCache } from '../../ttl-cache.ts'
import type { Channels } from '../api/channels.ts'
import { createFiles } from '../api/files.ts'
import { explainSlackError } from '../api/slack-error.ts'
import { alertContent } from '../features/alerts/messages.ts'
import { homeView } from '../features/home/view.ts'
import { engagementMessageContent } from '../features/people/engagement-messages.ts'
import { campaignContent } from '../features/review/messages.ts'
import { findPosted, messageEventType, type PostedSign } from './find-posted.ts'
import { insightContent } from './insight.ts'
import { panicContent } from './panic.ts'
import { passkeyNotice } from './passkey-notice.ts'
import { postDigest } from './post-digest.ts'
import { messengerError, postContent, refuseOutsiders } from './posting.ts'
import { renderMessage } from './render-message.ts'
import { reportFile } from './report-file.ts'
import { securityNotice } from './security-notice.ts'

export interface MessengerOptions {
  /** The background client: the runner retries a failed message. */
  readonly client: WebClient
  /** Asked once for each message. */
  readonly catalog: () => Catalog
  readonly channels: Channels
}

/** Errors of chat.update after which a new message is posted: https://docs.slack.dev/reference/methods/chat.update#errors */
const repostCodes = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])

/** The channel of a direct message does not change. The limit only bounds the life of a wrong entry. */
const directMessageSeconds = 86_400

/** Posts messages to Slack, and edits the posted ones. */
export function createMessenger(options: MessengerOptions): Messenger {
  const { client, catalog } = options
  const files = createFiles({ client, fetch })
  const directMessages = createTtlCache((userId) => openDirectMessage(client, userId))
  /** Posts without an answer from Slack: the message may exist nevertheless. */
  const unconfirmedPosts = new LRUCache<string, true>({ max: 10_000 })

  async function deliver(message: OutgoingMessage, at: MessageAddress | null): Promise<MessageAddress> {
    const content = contentOf(message, catalog())
    if (at) {
      const edited = await edit(client, at, content)
      if (edited) return edited
    }
    const channelId = await channelOf(options, message, directMessages)
    const key = `${message.history.request.id} ${message.purpose}`
    const standing = unconfirmedPosts.has(key) ? await findPosted(client, channelId, sign(message)) : null
    const found = standing && (await edit(client, standing, content))
    if (found) return found
    try {
      const at = await post(client, channelId, message, content)
      unconfirmedPosts.delete(key)
      return at
    } catch (error) {
      // Only for cards: a second copy in a thread or a direct message does no harm.
      if (message.purpose === 'card' && error instanceof MessengerError && error.code === 'unreachable')
        unconfirmedPosts.set(key, true)
      throw error
    }
  }

  async function deliverEngagement(
    message: OutgoingEngagementMessage,
    at: MessageAddress | null,
  ): Promise<MessageAddress> {
    const ids = { engagement_id: message.engagement.id, purpose: message.purpose }
    const content = {
      ...engagementMessageContent(message),
      metadata: { event_type: messageEventType, event_payload: ids },
    }
    const edited = at && (await edit(client, at, content))
    if (edited) return edited
    return postContent(client, await directMessages.get(message.userId, directMessageSeconds), content)
  }

  const tellPanic: Messenger['tellPanic'] = async (report, message, { channelId, at, mayBePosted }) => {
    const ids = { panic_id: report.panic.id, message }
    const content = {
      ...panicContent(report, message),
      metadata: { event_type: messageEventType, event_payload: ids },
    }
    await refuseOutsiders(options.channels, channelId)
    const standing =
      at ?? (mayBePosted ? await findPosted(client, channelId, { ids, since: report.panic.at }) : null)
    const edited = standing && (await edit(client, standing, content))
    return edited ?? postContent(client, channelId, content)
  }

  const tellCampaign: Messenger['tellCampaign'] = async (message, at) => {
    const { channelId, campaign } = message
    const ids = { campaign_id: campaign.id, message: message.message.kind }
    const content = {
      ...campaignContent(message),
      metadata: { event_type: messageEventType, event_payload: ids },
    }
    if (channelId !== null) await refuseOutsiders(options.channels, channelId)
    const edited = at && (await edit(client, at, content))
    if (edited) return edited
    const reader = 'userId' in message.message ? message.message.userId : ''
    return postContent(client, channelId ?? (await directMessages.get(reader, directMessageSeconds)), content)
  }

  const tellAlerts: Messenger['tellAlerts'] = async (message, { channelId, at, mayBePosted }) => {
    const ids = { alert_message_id: message.id }
    const metadata = { event_type: messageEventType, event_payload: ids }
    const content = { ...alertContent(message), metadata }
    await refuseOutsiders(options.channels, channelId)
    const since = message.alerts[0]?.alert.raisedAt ?? new Date(0)
    const standing = at ?? (mayBePosted ? await findPosted(client, channelId, { ids, since }) : null)
    const edited = standing && (await edit(client, standing, content))
    return edited ?? postContent(client, channelId, content)
  }

  async function shareReport(outgoing: OutgoingReport): Promise<void> {
    const { to } = outgoing
    if ('channelId' in to) await refuseOutsiders(options.channels, to.channelId)
    const shared = await reportFile(outgoing)
    try {
      await ('channelId' in to ? files.share(to.channelId, shared) : files.shareWithPerson(to.userId, shared))
    } catch (error) {
      throw messengerError(error)
    }
  }

  const tellInsight: Messenger['tellInsight'] = async (message, { mayBePosted }) => {
    const { channelId, week } = message
    const ids = { insight: week }
    await refuseOutsiders(options.channels, channelId)
    if (mayBePosted && (await findPosted(client, channelId, { ids, since: new Date(week) }))) return
    const metadata = { event_type: messageEventType, event_payload: ids }
    await postContent(client, channelId, { ...insightContent(message), metadata })
  }

  async function tellSecurity(notice: SecurityNotice, channelId: string): Promise<void> {
    await refuseOutsiders(options.channels, channelId)
    const metadata = { event_type: messageEventType, event_payload: { notice: notice.kind } }
    await postContent(client, channelId, { ...securityNotice(notice), metadata })
  }

  async function tellPerson(notice: PasskeyNotice, userId: string): Promise<void> {
    const metadata = { event_type: messageEventType, event_payload: { notice: notice.kind } }
    const channelId = await directMessages.get(userId, directMessageSeconds)
    await postContent(client, channelId, { ...passkeyNotice(notice, 'person'), metadata })
  }

  async function publishHome(home: Home): Promise<void> {
    try {
      await client.views.publish({ user_id: home.account.userId, view: homeView(home, catalog()) })
    } catch (error) {
      throw messengerError(error)
    }
  }

  return {
    deliver,
    publishHome,
    deliverEngagement,
    postDigest: (digest, { mayBePosted }) => postDigest(options, digest, mayBePosted),
    tellPanic,
    tellCampaign,
    shareReport,
    tellAlerts,
    tellInsight,
    tellSecurity,
    tellPerson,
  }
}

type Content = ReturnType<typeof contentOf>

function contentOf(message: OutgoingMessage, catalog: Catalog) {
  return {
    ...renderMessage(message, catalog),
    // Ids only, because every member and app of the workspace can read metadata: https://docs.slack.dev/messaging/message-metadata
    metadata: { event_type: messageEventType, event_payload: sign(message).ids },
  }
}

function sign({ history: { request }, purpose }: OutgoingMessage): PostedSign {
  return { ids: { request_id: request.id, purpose }, since: request.submittedAt }
}

async function edit(
  client: WebClient,
  at: MessageAddress,
  content: Parameters<typeof postContent>[2],
): Promise<MessageAddress | null> {
  try {
    await client.chat.update({ channel: at.channelId, ts: at.ts, ...content })
    return at
  } catch (error) {
    if (repostCodes.has(explainSlackError(error).code)) return null
    throw messengerError(error)
  }
}

function post(
  client: WebClient,
  channelId: string,
  message: OutgoingMessage,
  content: Content,
): Promise<MessageAddress> {
  const isBeneathCard = purposes[message.purpose].audience === 'owners_thread'
  return postContent(client, channelId, content, isBeneathCard ? (message.card?.ts ?? null) : null)
}

async function channelOf(
  { channels }: MessengerOptions,
  message: OutgoingMessage,
  directMessages: TtlCache<string>,
): Promise<string> {
  const { purpose, card, history } = message
  const { audience } = purposes[purpose]
  if (audience === 'requester') return directMessages.get(history.requester.userId, directMessageSeconds)
  if (audience === 'sponsor') return directMessages.get(sponsorOf(history), directMessageSeconds)
  if (audience === 'assignees' && message.reader !== undefined)
    return directMessages.get(message.reader, directMessageSeconds)
  if (audience === 'owners_thread' && !card) {
    throw new MessengerError(
      'no_card',
      'The card is not posted yet, and this message belongs in its thread.',
      {
        retryable: true,
      },
    )
  }
  const channelId = audience === 'owners_thread' ? card?.channelId : message.channelId
  if (!channelId)
    throw new MessengerError('no_channel', `The catalog names no channel for ${purpose}.`, {
      retryable: false,
    })
  await refuseOutsiders(channels, channelId)
  return channelId
}

function sponsorOf({ engagement, request }: OutgoingMessage['history']): string {
  if (engagement) return engagement.sponsor.userId
  throw new MessengerError('no_sponsor', `Nobody sponsors the requester of ${request.reference} now.`, {
    retryable: false,
  })
}

async function openDirectMessage(client: WebClient, userId: string): Promise<string> {
  try {
    const { channel } = await client.conversations.open({ users: userId })
    if (!channel?.id) throw new Error('conversations.open returned no channel')
    return channel.id
  } catch (error) {
    throw messengerError(error)
  }
}
