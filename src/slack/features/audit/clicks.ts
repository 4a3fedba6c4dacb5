import { queryAudit, recordAuditShared } from '../../../usecases/audit/query-audit.ts'
import type { Channels } from '../../api/channels.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { context, type MessageContent, textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { auditAnswer, zoneOf } from './answer.ts'
import { parseAuditValue } from './button-value.ts'
import { auditTableAnswer, fallbackList } from './table.ts'

/** Previous, Next and As a list: asked anew, and judged anew, in place of the page that bears the button. */
export function auditPageAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const query = parseAuditValue(value)
    if (!query) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await queryAudit(ports, { by, query })
    await reply.replace(auditAnswer(ports.catalog, answer, { shared: false }))
  }
}

/** The same as a table. Whether Slack takes one for a single reader is not documented, so the list stands ready. */
export function auditTableAction({
  ports,
  directory,
}: Pick<FeatureParts, 'ports' | 'directory'>): ActionListener {
  return async ({ by, value }, reply) => {
    const query = parseAuditValue(value)
    if (!query) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await queryAudit(ports, { by, query })
    const list = auditAnswer(ports.catalog, answer, { shared: false })
    if (answer.kind !== 'page' || answer.page.rows.length === 0) return reply.replace(list)
    const table = auditTableAnswer(answer, await zoneOf(directory, by.userId))
    await reply.replace(table, fallbackList(list))
  }
}

/** History: one request of the page, beside it. */
export function auditHistoryAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const query = parseAuditValue(value)
    if (!query) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await queryAudit(ports, { by, query })
    await reply.ephemeral(auditAnswer(ports.catalog, answer, { shared: false }))
  }
}

/** Share in channel: judged anew, on record before anybody reads it, never where other organisations read. */
export function auditShareAction({
  ports,
  channels,
}: Pick<FeatureParts, 'ports' | 'channels'>): ActionListener {
  return async ({ by, value, channelId, triggerId }, reply) => {
    const query = parseAuditValue(value)
    if (!query || channelId === null) return reply.ephemeral(textMessage(outdatedButton))
    const objection = await sharingObjection(channels, channelId)
    if (objection !== null) return reply.ephemeral(textMessage(objection))
    const answer = await queryAudit(ports, { by, query })
    const words = auditAnswer(ports.catalog, answer, { shared: true })
    if (answer.kind !== 'page' && answer.kind !== 'history') return reply.ephemeral(words)
    const share = { by, query, channelId, interactionKey: interactionKey('action', triggerId) }
    if (await recordAuditShared(ports, share)) await reply.announce(signed(words, by.userId))
  }
}

/** Null when it may be shared there. What Slack does not tell is not shared. */
async function sharingObjection(channels: Channels, channelId: string): Promise<string | null> {
  try {
    const shared = await channels.isExternallyShared(channelId)
    return shared ? 'People of another organisation read this channel, so I do not share it here.' : null
  } catch {
    return 'I cannot tell who reads this channel, so I do not share it here. Invite me first: `/invite @Daypass`.'
  }
}

function signed({ text, blocks }: MessageContent, userId: string): MessageContent {
  return { text, blocks: [...blocks, context(`Shared from \`/audit\` by ${mention(userId)}`)] }
}
