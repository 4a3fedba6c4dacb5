import type { KnownBlock } from '@slack/types'
import type { Json, RecordedAuditEvent } from '../../../domain/audit-event.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import { titleOfRule } from '../../../domain/noticing/all-rules.ts'
import type { AuditedHistory } from '../../../domain/request-history.ts'
import { exactText, runOutcomeBlocks } from '../../kit/action.ts'
import { doneBlocks } from '../../kit/activity.ts'
import { progressText } from '../../kit/approvals.ts'
import { actions, button, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { extensionOutcomeBlocks, extensionsBlocks } from '../../kit/extension.ts'
import { headlineOf } from '../../kit/phase.ts'
import { removedText } from '../../kit/removed.ts'
import { taskBlocks } from '../../kit/tasks.ts'
import { policyText, termsFields, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { clip, inline, mention, moment, mrkdwn, plain } from '../../kit/text.ts'
import { markOf } from '../alerts/messages.ts'
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
const mostAlerts = 3
const mostRules = 5

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
  const more = [
    ...doneBlocks(history, catalog),
    ...taskBlocks(history, 400),
    ...connectBlocks(history),
    ...extensionBlocks(history),
    ...runBlocks(history),
    ...alertBlocks(history),
  ]
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
    ...more,
    ...removedBlocks(history),
    ...timeline(history.events, longestTimeline - lengthOf(more) - exactLengthOf(history)),
    ...(shared ? [] : [actions(share)]),
  ]
  return { text: title, blocks }
}

/** The exact text of an action, and what became of its run. */
function runBlocks(history: AuditedHistory): KnownBlock[] {
  const { asksFor } = history.request
  if (asksFor.kind !== 'action') return []
  return [exactText(clip(asksFor.action.text, longestAction)), ...runOutcomeBlocks(history)]
}

const longestAction = 1_500

function exactLengthOf({ request: { asksFor } }: AuditedHistory): number {
  return asksFor.kind === 'action' ? Math.min(longestAction, asksFor.action.text.length) : 0
}

/** The extensions of a lease, or what became of an extension. */
function extensionBlocks(history: AuditedHistory): KnownBlock[] {
  const { request, extends: extended } = history
  if (!extended) return extensionsBlocks(history)
  return request.status === 'approved' ? extensionOutcomeBlocks(extended) : []
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

/** What was noticed, and what people said of it. The newest ones; the timeline has all. */
function alertBlocks({ alerts = [] }: AuditedHistory): KnownBlock[] {
  return alerts.slice(-mostAlerts).map((alert) => {
    const line = `${markOf(alert)} ${alert.reference} · *${inline(titleOfRule(alert.rule))}*: ${inline(alert.headline, 200)}`
    const { answer } = alert
    const answered = answer
      ? ` ${mention(answer.by.userId)}, ${moment(answer.at, 'exact')}`
      : ' Not answered.'
    return {
      type: 'context',
      elements: [
        mrkdwn(`${line}.${answered}${answer?.reason ? ':' : ''}`),
        ...(answer?.reason ? [plain(answer.reason, 300)] : []),
      ],
    }
  })
}

/** The timeline is silent about these. */
function removedBlocks({ removed = [] }: AuditedHistory): KnownBlock[] {
  return removed.length === 0 ? [] : [context(removed.slice(0, mostRules).map(removedText).join('\n'))]
}

/** The texts of people stand with their task, and in no event. */
function connectBlocks({ tasks }: AuditedHistory): KnownBlock[] {
  return tasks.flatMap((task) => {
    const text = task.status === 'done' ? task.report.howToConnect : null
    return text === null
      ? []
      : [{ type: 'context' as const, elements: [mrkdwn('How the holder connects:'), plain(text, 400)] }]
  })
}

/** The characters in context blocks. */
function lengthOf(blocks: readonly KnownBlock[]): number {
  const elements = blocks.flatMap((block) => (block.type === 'context' ? block.elements : []))
  return elements.reduce((sum, element) => sum + ('text' in element ? element.text.length : 0), 0)
}

function timeline(events: readonly HistoryEvent[], longest: number): KnownBlock[] {
  const lines = fitting(events.map(line), longest)
  const blocks: KnownBlock[] = []
  for (let at = 0; at < lines.length; at += 3) blocks.push(section(lines.slice(at, at + 3).join('\n')))
  return blocks
}

/** The first and the last lines that fit, and the number of missing lines. */
function fitting(lines: readonly string[], longest: number): string[] {
  const first: string[] = []
  const last: string[] = []
  let left = longest
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
  const more = [evidenceOf(event.details), provenBy(event.details)]
    .filter((text) => text !== null)
    .map((text) => ` · ${inline(text, 160)}`)
  return `${moment(event.at, 'exact')} · *${actionText(event.action)}* · ${who}${more.join('')}`
}

/** The result of the read-back, the failure or the verdict of an event. */
function evidenceOf(details: RecordedAuditEvent['details']): string | null {
  const { evidence, message, verdict, direction, because } = details
  if (isRecord(evidence) && typeof evidence.summary === 'string') {
    return [...limitsOf(evidence), evidence.summary].join(' ')
  }
  if (typeof message === 'string') return message
  if (typeof direction === 'string') return taskText(direction, because)
  return typeof verdict === 'string' ? verdict : null
}

/** How the person proved who they are. */
function provenBy({ step_up: proof }: RecordedAuditEvent['details']): string | null {
  if (!isRecord(proof)) return null
  return proof.method === 'passkey' ? 'proven by a passkey' : 'proven by the company’s sign-in'
}

function taskText(direction: string, because: Json | undefined): string {
  const what = direction === 'give' ? 'to give it' : 'to take it away'
  return typeof because === 'string' ? `${what}: ${because.replaceAll('_', ' ')}` : what
}

/** Shown in an audit log without dates of Slack, because the sentence stands inside plain text. */
function limitsOf(evidence: Record<string, Json>): string[] {
  const { proof, residual_until: until, residual_access: what, remains } = evidence
  const attested = proof === 'attested' ? ['Attested, not proven.'] : []
  const byApi = proof === 'contract' ? ['Confirmed by the API only.'] : []
  const last =
    typeof until === 'string' ? `until ${until.slice(0, 16).replace('T', ' ')} UTC` : 'without a known end'
  const residual = typeof what === 'string' ? [`${what} may last ${last}.`] : []
  return [...attested, ...byApi, ...residual, ...(typeof remains === 'string' ? [remains] : [])]
}

function isRecord(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function actionText(action: RecordedAuditEvent['action']): string {
  return action.replace('.', ' ').replaceAll('_', ' ')
}
