import type { KnownBlock } from '@slack/types'
import type { Json, RecordedAuditEvent } from '../../../domain/audit-event.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { AuditedHistory } from '../../../domain/request-history.ts'
import { progressText } from '../../kit/approvals.ts'
import { actions, button, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { headlineOf } from '../../kit/phase.ts'
import { policyText, termsFields, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { inline, mention, moment, mrkdwn, plain } from '../../kit/text.ts'
import { auditValue } from './button-value.ts'
import { auditActionIds } from './ids.ts'

type HistoryEvent = AuditedHistory['events'][number]

/**
 * Slack refused messages of about 13,200 characters (`msg_blocks_too_long`), and documents no limit:
 * https://github.com/slackapi/bolt-js/issues/2509. The other blocks need about half of 12,000.
 */
const longestTimeline = 5_000
const mostLines = 60
const mostDecisions = 4

/** The whole record of one request, in the order of time. */
export function auditHistoryAnswer(
  history: AuditedHistory,
  { catalog, shared }: { catalog: Catalog; shared: boolean },
): MessageContent {
  const { request, requester } = history
  const title = `${request.reference}: ${mention(requester.userId)} · ${whatIsAsked(request)}`
  const share = button(
    'Share in channel',
    auditActionIds.share,
    auditValue({ kind: 'history', reference: request.reference }),
  )
  const blocks: KnownBlock[] = [
    header(`${headlineOf(history)} · ${request.reference}`),
    section(
      `${mention(requester.userId)} asked for ${whatIsAsked(request)}, ${moment(request.submittedAt, 'exact')}`,
    ),
    { type: 'section', fields: termsFields(history) },
    ...whyBlocks(request),
    context(policyText(request.policy)),
    context(`*${progressText(history, catalog)}*`),
    ...decisionBlocks(history),
    ...timeline(history.events),
    ...(shared ? [] : [actions(share)]),
  ]
  return { text: title, blocks }
}

/** Each decision that gave a reason, with the reason as plain text. */
function decisionBlocks({ decisions }: AuditedHistory): KnownBlock[] {
  return decisions
    .filter(({ reason }) => reason !== null)
    .slice(0, mostDecisions)
    .map(({ approver, verdict, decidedAt, reason }) => ({
      type: 'context',
      elements: [
        mrkdwn(
          `${mention(approver.userId)} ${verdict === 'deny' ? 'denied' : 'approved'}, ${moment(decidedAt, 'exact')}:`,
        ),
        plain(reason ?? '', 500),
      ],
    }))
}

function timeline(events: readonly HistoryEvent[]): KnownBlock[] {
  const lines = fitting(events.map(line))
  const blocks: KnownBlock[] = []
  for (let at = 0; at < lines.length; at += 3) blocks.push(section(lines.slice(at, at + 3).join('\n')))
  return blocks
}

/** The first and the last lines that fit, and the number of missing lines. */
function fitting(lines: readonly string[]): string[] {
  const first: string[] = []
  const last: string[] = []
  let left = longestTimeline
  for (let taken = 0; taken < lines.length; taken += 1) {
    const fromFront = taken % 2 === 0
    const next = fromFront ? lines[first.length] : lines[lines.length - 1 - last.length]
    left -= next?.length ?? 0
    if (next === undefined || left < 0 || taken >= mostLines) break
    if (fromFront) first.push(next)
    else last.unshift(next)
  }
  const missing = lines.length - first.length - last.length
  return [...first, ...(missing > 0 ? [`_… ${missing} more …_`] : []), ...last]
}

function line(event: HistoryEvent): string {
  // A mention, because any person may choose the display name Daypass.
  const who = event.actorUserId === null ? 'Daypass itself' : mention(event.actorUserId)
  const more = evidenceOf(event.details)
  return `${moment(event.at, 'exact')} · *${actionText(event.action)}* · ${who}${more === null ? '' : ` · ${inline(more, 160)}`}`
}

/** The result of the read-back, the failure or the verdict of an event. */
function evidenceOf(details: RecordedAuditEvent['details']): string | null {
  const { evidence, message, verdict } = details
  if (isRecord(evidence) && typeof evidence.summary === 'string') {
    return [...limitsOf(evidence), evidence.summary].join(' ')
  }
  if (typeof message === 'string') return message
  return typeof verdict === 'string' ? verdict : null
}

/** Shown in an audit log without dates of Slack, because the sentence stands inside plain text. */
function limitsOf({ proof, residual_until: until, residual_access: what }: Record<string, Json>): string[] {
  const attested = proof === 'attested' ? ['Attested, not proven.'] : []
  const byApi = proof === 'contract' ? ['Confirmed by the API only.'] : []
  const residual =
    typeof until === 'string' && typeof what === 'string'
      ? [`${what} may last until ${until.slice(0, 16).replace('T', ' ')} UTC.`]
      : []
  return [...attested, ...byApi, ...residual]
}

function isRecord(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function actionText(action: RecordedAuditEvent['action']): string {
  return action.replace('.', ' ').replaceAll('_', ' ')
}
