import { queryAudit, recordAuditShared } from '../../../usecases/audit/query-audit.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { context, type MessageContent, textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { objectionToPosting } from '../../kit/outsiders.ts'
import { mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { auditAnswer, zoneOf } from './answer.ts'
import { parseAuditValue } from './button-value.ts'
import { auditTableAnswer, fallbackList } from './table.ts'

/** Previous, Next and As a list: runs and judges the query again, and replaces the page with the button. */
export function auditPageAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const query = parseAuditValue(value)
    if (!query) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await queryAudit(ports, { by, query })
    await reply.replace(auditAnswer(ports.catalog, answer, { shared: false }))
  }
}

/** As a table. Slack's documentation does not say that an ephemeral message may have a table, so the list is the fallback. */
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

/** History: shows one request of the page in a message of its own. */
export function auditHistoryAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const query = parseAuditValue(value)
    if (!query) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await queryAudit(ports, { by, query })
    await reply.ephemeral(auditAnswer(ports.catalog, answer, { shared: false }))
  }
}

/** Share in channel: judges the query again and records the share first. Never posts where other organisations read. */
export function auditShareAction({
  ports,
  channels,
}: Pick<FeatureParts, 'ports' | 'channels'>): ActionListener {
  return async ({ by, value, channelId, triggerId }, reply) => {
    const query = parseAuditValue(value)
    if (!query || channelId === null) return reply.ephemeral(textMessage(outdatedButton))
    const objection = await objectionToPosting(channels, channelId)
    if (objection !== null) return reply.ephemeral(textMessage(objection))
    const answer = await queryAudit(ports, { by, query })
    const content = auditAnswer(ports.catalog, answer, { shared: true })
    if (answer.kind !== 'page' && answer.kind !== 'history') return reply.ephemeral(content)
    const share = { by, query, channelId, interactionKey: interactionKey('action', triggerId) }
    if (await recordAuditShared(ports, share)) await reply.announce(signed(content, by.userId))
  }
}

function signed({ text, blocks }: MessageContent, userId: string): MessageContent {
  return { text, blocks: [...blocks, context(`Shared from \`/audit\` by ${mention(userId)}`)] }
}
