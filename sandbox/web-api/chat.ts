import { withIds } from '../interactions/elements.ts'
import type { Json } from '../json.ts'
import { isObject } from '../json.ts'
import type { Block } from '../types.ts'
import { checkMessage } from '../validity/text.ts'
import type { Message } from '../workspace.ts'
import type { Call, Handler } from './call.ts'
import { knownChannel, writableChannel } from './channel-access.ts'
import { invalidArguments, SlackError } from './errors.ts'
import { messageJson } from './render.ts'

interface Content {
  text: string
  blocks: Block[]
  metadata?: Json
}

/** Reads and checks text, blocks and metadata, refusing what Slack refuses. */
function content(call: Call): Content {
  const blocks = call.blocks()
  if (call.has('attachments') && call.text('attachments') !== '[]') {
    throw invalidArguments('the sandbox has no attachments: use blocks')
  }
  if (call.has('markdown_text') && (blocks || call.has('text')))
    throw new SlackError('markdown_text_conflict')
  const raw = call.text('text') || call.text('markdown_text')
  if (!blocks && raw.trim() === '') throw new SlackError('no_text')
  const text = checkMessage(call.spec, raw, blocks)
  if (blocks && raw.trim() === '') {
    call.core.traffic.violate('no_fallback_text', `${call.spec.method} with blocks but no text`, call.entry)
  }
  const metadata = readMetadata(call)
  return { text, blocks: withIds((blocks ?? []) as Block[]), ...(metadata ? { metadata } : {}) }
}

function readMetadata(call: Call): Json | undefined {
  if (!call.has('metadata')) return undefined
  const value = call.json('metadata')
  const code = call.spec.errors.has('invalid_metadata_format')
    ? 'invalid_metadata_format'
    : 'invalid_arguments'
  if (!isObject(value)) throw new SlackError(code)
  if (typeof value.event_type !== 'string' || !isObject(value.event_payload)) throw new SlackError(code)
  return value
}

const postMessage: Handler = (call) => {
  const channel = writableChannel(call, call.text('channel'))
  const { text, blocks, metadata } = content(call)
  const threadTs = threadRoot(call, channel.id)
  const message = call.core.workspace.addMessage({
    channel: channel.id,
    userId: call.app.botUserId,
    botId: call.app.botId,
    appId: call.app.appId,
    text,
    blocks,
    ...(threadTs ? { threadTs } : {}),
    ...(metadata ? { metadata } : {}),
  })
  call.core.events.messagePosted(message)
  return { channel: channel.id, ts: message.ts, message: messageJson(call.core.workspace, message) }
}

/** The root of the thread, also where `thread_ts` names a reply. Undefined for an unknown `thread_ts`: Slack then posts an ordinary message. */
function threadRoot(call: Call, channel: string): string | undefined {
  if (!call.has('thread_ts')) return undefined
  const parent = call.core.workspace.findMessage(channel, call.text('thread_ts'))
  if (!parent || parent.ephemeralTo) {
    call.core.traffic.violate(
      'unknown_thread',
      `thread_ts ${call.text('thread_ts')} is no message of ${channel}`,
      call.entry,
    )
    return undefined
  }
  return parent.threadTs ?? parent.ts
}

const postEphemeral: Handler = (call) => {
  const channel = writableChannel(call, call.text('channel'))
  const user = call.core.workspace.user(call.text('user'))
  if (!user || user.role === 'deactivated' || !channel.members.includes(user.id)) {
    throw new SlackError('user_not_in_channel')
  }
  const { text, blocks } = content(call)
  const threadTs = threadRoot(call, channel.id)
  const message = call.core.workspace.addMessage({
    channel: channel.id,
    userId: call.app.botUserId,
    botId: call.app.botId,
    appId: call.app.appId,
    text,
    blocks,
    ephemeralTo: user.id,
    ...(threadTs ? { threadTs } : {}),
  })
  return { message_ts: message.ts }
}

/** A message of the app's own; ephemeral ones do not exist for the Web API. */
function ownMessage(call: Call, refusal: string): Message {
  const channel = knownChannel(call, call.text('channel'))
  const message = call.core.workspace.findMessage(channel.id, call.text('ts'))
  if (!message || message.ephemeralTo) throw new SlackError('message_not_found')
  if (message.appId !== call.app.appId) throw new SlackError(refusal)
  return message
}

/** Text without blocks removes the blocks. With neither, only the metadata changes. Blocks alone leave no "edited" mark. */
const update: Handler = (call) => {
  const message = ownMessage(call, 'cant_update_message')
  const { workspace } = call.core
  if (workspace.channels.get(message.channel)?.isArchived) throw new SlackError('is_inactive')
  const bare = !call.has('text') && !call.has('markdown_text') && call.blocks() === undefined
  if (bare && call.has('metadata')) {
    message.metadata = readMetadata(call) ?? {}
  } else {
    const next = content(call)
    message.text = next.text
    message.blocks = next.blocks
    if (next.metadata) message.metadata = next.metadata
    if (next.blocks.length === 0) message.edited = { user: call.app.botUserId, ts: workspace.nextTs() }
  }
  call.core.events.messageChanged(message)
  const { text } = message
  return { channel: message.channel, ts: message.ts, text, message: messageJson(workspace, message) }
}

const remove: Handler = (call) => {
  const message = ownMessage(call, 'cant_delete_message')
  call.core.workspace.removeMessage(message)
  call.core.events.messageDeleted(message)
  return { channel: message.channel, ts: message.ts }
}

const getPermalink: Handler = (call) => {
  const channel = knownChannel(call, call.text('channel'))
  const message = call.core.workspace.findMessage(channel.id, call.text('message_ts'))
  if (!message || message.ephemeralTo) throw new SlackError('message_not_found')
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : ''
  const path = `archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`
  return { channel: channel.id, permalink: `https://${call.core.workspace.team.domain}.slack.com/${path}` }
}

export const chatMethods: Record<string, Handler> = {
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
}
