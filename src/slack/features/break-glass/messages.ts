import type { KnownBlock } from '@slack/types'
import type { ReviewVerdict } from '../../../domain/break-glass.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import {
  actions,
  button,
  confirm,
  context,
  header,
  type MessageContent,
  section,
  textMessage,
} from '../../kit/blocks.ts'
import { outcomeBlocks } from '../../kit/outcome.ts'
import { labelOf, phaseOf } from '../../kit/phase.ts'
import { policyText, termsFields, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, mentionAny, moment, plain } from '../../kit/text.ts'
import { revokeAtOnceActionId } from '../revoke/ids.ts'
import { breakGlassActionIds } from './ids.ts'

/** The message for owners and for security: who took what, and the buttons to take it back and to review it. */
export function breakGlassMessage(history: RequestHistory, called: readonly string[]): MessageContent {
  const { request, requester } = history
  const who = mention(requester.userId)
  const text = `🚨 Break-glass · ${request.reference}: ${who} took ${whatIsAsked(request)} without an approval`
  const blocks: KnownBlock[] = [
    header(`🚨 Break-glass · ${request.reference} · ${labelOf(phaseOf(history))}`),
    section(`${who} took ${whatIsAsked(request)}. Nobody approved it. ${calledText(called)}`.trim()),
    { type: 'section', fields: termsFields(history) },
    ...whyBlocks(request),
    context(policyText(request.policy)),
    ...outcomeBlocks(history),
    ...reviewBlocks(history),
    ...buttonBlocks(history),
  ]
  return { text, blocks }
}

function calledText(called: readonly string[]): string {
  return called.length > 0 ? `Please look at it: ${called.map(mentionAny).join(' ')}` : ''
}

/** The people whom the message in the owners' channel mentions. */
export function calledOwners({ request }: RequestHistory, catalog: Catalog): readonly string[] {
  const approvers = catalog.resources.get(request.asksFor.resourceId)?.owners.approvers ?? []
  return approvers.slice(0, 10)
}

export function verdictText(verdict: ReviewVerdict): string {
  return { justified: 'Yes, it was an emergency', not_justified: 'No, it was not right' }[verdict]
}

function reviewBlocks({ review, requester }: RequestHistory): KnownBlock[] {
  if (!review) return []
  const { outcome, dueAt } = review
  if (outcome) {
    const judged =
      outcome.verdict === 'justified' ? 'it was right to break glass' : '*it was not right to break glass*'
    const text = `Reviewed by ${mention(outcome.reviewer.userId)}, ${moment(outcome.at)}: ${judged}`
    return [context(text), { type: 'section', text: plain(outcome.finding, 1000) }]
  }
  return [
    context(
      `*Review due ${moment(dueAt)}.* Until it is done, ${mention(requester.userId)} cannot break glass again`,
    ),
  ]
}

function buttonBlocks(history: RequestHistory): KnownBlock[] {
  const { request, review } = history
  const phase = phaseOf(history)
  if (phase === 'activating' || phase === 'active')
    return [
      actions(
        button('Revoke now', revokeAtOnceActionId, request.id, { style: 'danger', confirm: revokeConfirm }),
      ),
    ]
  if (!review || review.outcome) return []
  return [actions(button('Review…', breakGlassActionIds.review, request.id, { style: 'primary' }))]
}

const revokeConfirm = confirm(
  'Take the access back now?',
  'Daypass closes open sessions and removes the login at once. You cannot undo this.',
  'Revoke now',
  'Cancel',
  'danger',
)

/** Who reviewed it, and the judgement. */
export function reviewedSentence({ request, review }: RequestHistory): string {
  const outcome = review?.outcome
  if (!outcome) return `${request.reference} waits for its review.`
  const judged =
    outcome.verdict === 'justified' ? 'it was right to break glass' : 'it was not right to break glass'
  return `${request.reference} was reviewed by ${mention(outcome.reviewer.userId)}, ${moment(outcome.at)}: ${judged}.`
}

/** In the thread of the card, after the review. */
export function threadReviewedMessage(history: RequestHistory): MessageContent {
  return withFinding(history, reviewedSentence(history))
}

/** For the person who broke the glass, after the review. */
export function requesterReviewedMessage(history: RequestHistory): MessageContent {
  const again = history.review?.outcome ? ' You can break glass again if there is another emergency.' : ''
  return withFinding(history, `${reviewedSentence(history)}${again}`)
}

function withFinding({ review }: RequestHistory, text: string): MessageContent {
  const finding = review?.outcome?.finding
  const blocks: KnownBlock[] = [section(text)]
  if (finding) blocks.push({ type: 'section', text: plain(finding, 1000) })
  return { text, blocks }
}

/** Nobody reviewed it in time. Edited after the review. `called`: the people who are mentioned. */
export function reviewOverdueMessage(history: RequestHistory, called: readonly string[]): MessageContent {
  const { request, requester, review } = history
  if (!review || review.outcome) return textMessage(`✅ ${reviewedSentence(history)}`)
  const who = mention(requester.userId)
  const text =
    `⏰ Nobody has reviewed the break-glass ${request.reference} of ${who} (${whatIsAsked(request)}). ` +
    `The review was due ${moment(review.dueAt)}. Until it is done, ${who} cannot break glass again. ${calledText(called)}`
  const phase = phaseOf(history)
  const isOpen = phase === 'activating' || phase === 'active'
  return {
    text: text.trim(),
    blocks: [
      section(text.trim()),
      ...(isOpen
        ? []
        : [actions(button('Review…', breakGlassActionIds.review, request.id, { style: 'primary' }))]),
    ],
  }
}
