import type { Core } from '../core.ts'
import { compact, type Json } from '../json.ts'
import type { Block, MessagePlace, Target, VisibleMessage } from '../types.ts'
import type { App, Message } from '../workspace.ts'
import { findElement, type Placed } from './elements.ts'
import type { View } from './view-stack.ts'

/** Whether this person sees this message. */
function sees(core: Core, userId: string, message: Message): boolean {
  const inside = core.workspace.channels.get(message.channel)?.members.includes(userId) === true
  return inside && (message.ephemeralTo === undefined || message.ephemeralTo === userId)
}

export function visibleMessages(core: Core, userId: string, channel: string): VisibleMessage[] {
  const all = core.workspace.messages.get(channel) ?? []
  return all.filter((m) => sees(core, userId, m)).map((m) => visibleMessage(core, m))
}

function visibleMessage(core: Core, message: Message): VisibleMessage {
  const files = message.files.map((f) => ({
    id: f.id,
    name: f.name,
    title: f.title,
    size: f.content?.length ?? 0,
    ...(f.altText === undefined ? {} : { altText: f.altText }),
    url: `${core.url}/files-pri/${core.workspace.team.id}-${f.id}/${encodeURIComponent(f.name)}`,
  }))
  return compact({
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs,
    user: message.userId,
    botId: message.botId,
    text: message.text,
    blocks: message.blocks,
    ephemeral: message.ephemeralTo !== undefined,
    edited: message.edited ? true : undefined,
    files: files.length > 0 ? files : undefined,
    reactions: message.reactions.length > 0 ? message.reactions : undefined,
    metadata: message.metadata,
  }) as unknown as VisibleMessage
}

/** An element that a person sees, with its message or view. */
export interface Found {
  placed: Placed
  app: App
  message?: Message
  view?: View
}

/** Finds an element that the person sees. Throws with the reason where there is none. */
export function findVisible(
  core: Core,
  userId: string,
  actionId: string,
  target: Target & { value?: string },
): Found {
  const pick = { blockId: target.blockId, value: target.value }
  const holders = candidates(core, userId, target)
  for (const holder of holders) {
    const placed = findElement(holder.blocks, actionId, pick)
    const app = core.workspace.apps.get(holder.appId)
    if (!placed || !app) continue
    const { message, view } = holder
    return { placed, app, ...(message ? { message } : {}), ...(view ? { view } : {}) }
  }
  throw new Error(`${userId} sees no element "${actionId}"${where(target)}`)
}

/** A message that the person sees. Throws where there is none. */
export function seenMessage(core: Core, userId: string, { channel, ts }: MessagePlace): Message {
  const message = core.workspace.findMessage(channel, ts)
  if (!message || !sees(core, userId, message))
    throw new Error(`${userId} sees no message ${ts} in ${channel}`)
  return message
}

function where(target: Target): string {
  if (target.message) return ` in message ${target.message.ts} of ${target.message.channel}`
  if (target.view) return ' in the modal on top'
  return ''
}

interface Holder {
  blocks: Block[]
  appId: string
  message?: Message
  view?: View
}

function candidates(core: Core, userId: string, target: Target): Holder[] {
  const { workspace, views } = core
  if (target.message) {
    const message = seenMessage(core, userId, target.message)
    return [{ blocks: message.blocks, appId: message.appId ?? '', message }]
  }
  const top = views.top(userId)
  const homes = [...workspace.apps.keys()].flatMap((id) => views.home(userId, id) ?? [])
  const asHolder = (view: View): Holder => ({ blocks: view.blocks, appId: view.appId, view })
  if (target.view) return top ? [asHolder(top)] : []
  if (target.home) return homes.map(asHolder)
  // An open modal covers everything else.
  if (top) return [asHolder(top)]
  const messages = [...workspace.messages.values()].flat().filter((m) => sees(core, userId, m))
  messages.sort((a, b) => Number(b.ts) - Number(a.ts))
  return [
    ...messages.map((m) => ({ blocks: m.blocks, appId: m.appId ?? '', message: m })),
    ...homes.map(asHolder),
  ]
}

/** The `container` of an interaction payload. */
export function container({ message, view }: Found): Json {
  if (view) return { type: 'view', view_id: view.id }
  return compact({
    type: 'message',
    message_ts: message?.ts,
    channel_id: message?.channel,
    is_ephemeral: message?.ephemeralTo !== undefined,
    thread_ts: message?.threadTs,
  })
}
