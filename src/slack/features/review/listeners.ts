import type { ItemVerdict } from '../../../domain/campaign.ts'
import {
  decideItem,
  type ItemAnswer,
  type ItemField,
  type ItemSaid,
  mayDecideItem,
  type NotDecidable,
} from '../../../usecases/reviews/decide-item.ts'
import { type SignOffAnswer, signOffReview } from '../../../usecases/reviews/sign-off-review.ts'
import { lookAtReviewNow, turnReviewPage } from '../../../usecases/reviews/turn-page.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FilledView } from '../../kit/payload.ts'
import { typedReason } from '../../kit/reason-form.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { endForm, shortenForm } from './forms.ts'
import { untilInput } from './ids.ts'
import { outcomeText } from './words.ts'

/** Keep: decides at once. The card shows it. */
export function keepAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const itemId = parseRequestId(value)
    if (!itemId) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await decideItem(ports, { by, itemId, said: { verdict: 'keep' } })
    if (answer.kind === 'decided') return reply.acknowledge()
    return reply.ephemeral(textMessage(notDecided(answer)))
  }
}

/** End… and Shorten… open a form, for those who may decide. */
export function openDecisionAction(
  { ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>,
  verdict: Exclude<ItemVerdict, 'keep'>,
): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await reply.acknowledge()
    const itemId = parseRequestId(value)
    if (!itemId) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await mayDecideItem(ports, { by, itemId, verdict })
    if (answer.kind !== 'may') return reply.ephemeral(textMessage(notDecided(answer)))
    await opener.open(triggerId, (verdict === 'end' ? endForm : shortenForm)(answer), reply)
  }
}

export function decisionFormListener(
  { ports }: Pick<FeatureParts, 'ports'>,
  verdict: Exclude<ItemVerdict, 'keep'>,
): FormListener {
  return async ({ by, view }, reply) => {
    const itemId = parseRequestId(view.privateMetadata)
    if (!itemId) return reply.show(noticeView('Not recorded', outdatedButton))
    const reason = typedReason(view)
    const said: ItemSaid =
      verdict === 'end'
        ? { verdict, reason }
        : { verdict, reason, day: view.inputs.get(untilInput)?.value ?? '' }
    const answer = await decideItem(ports, { by, itemId, said })
    if (answer.kind === 'decided') return reply.close()
    if (answer.kind === 'invalid') return reply.errors(errorsBeside(view, answer.problems))
    // The same form, delivered twice.
    const before = answer.kind === 'decided_before' ? answer.item.decision : null
    if (before?.by?.userId === by.userId && before.verdict === verdict) return reply.close()
    return reply.show(noticeView('Not recorded', notDecided(answer)))
  }
}

function errorsBeside(
  view: FilledView,
  problems: readonly { readonly field: ItemField; readonly message: string }[],
): Record<string, string> {
  const blockOf = (field: ItemField) =>
    field === 'until' ? (view.inputs.get(untilInput)?.blockId ?? 'reason') : 'reason'
  return Object.fromEntries(problems.map(({ field, message }) => [blockOf(field), message]))
}

/** Previous person and Next person, on the own card. */
export function turnPageAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const campaignId = parseRequestId(value)
    const page = /^\S+ (\d{1,5})$/.exec(value)?.[1]
    if (!campaignId || page === undefined) return reply.ephemeral(textMessage(outdatedButton))
    await turnReviewPage(ports, { by, campaignId, page: Number(page) })
    return reply.acknowledge()
  }
}

/** It is removed: asks the system at once. */
export function lookAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ value }, reply) => {
    const campaignId = parseRequestId(value)
    const isLooking = campaignId !== null && (await lookAtReviewNow(ports, campaignId))
    return reply.ephemeral(
      textMessage(
        isLooking ? 'Daypass asks the system now. The message says what it finds.' : outdatedButton,
      ),
    )
  }
}

export function signOffAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const campaignId = parseRequestId(value)
    if (!campaignId) return reply.ephemeral(textMessage(outdatedButton))
    return reply.ephemeral(textMessage(signedText(await signOffReview(ports, { by, campaignId }))))
  }
}

function signedText(answer: SignOffAnswer): string {
  switch (answer.kind) {
    case 'signed_off':
      return `✍️ You signed off ${answer.campaign.reference}. It is recorded with the counts.`
    case 'signed_before': {
      const { reference, signedOff } = answer.campaign
      return `${reference} is signed off${signedOff ? ` by ${mention(signedOff.by.userId)}, ${moment(signedOff.at)}` : ''}.`
    }
    case 'still_open':
      return `${answer.campaign.reference} is still open, so there is nothing to sign off yet.`
    case 'unknown':
      return outdatedButton
    case 'refused':
      return `⛔ ${whyNotSigned[answer.because]}`
  }
}

const whyNotSigned = {
  not_a_lead: 'Only security leads sign off a review.',
  decided_in_it: 'You decided in this review, so another security lead has to sign it off.',
  has_items: 'Your own access was reviewed in it, so another security lead has to sign it off.',
} as const

function notDecided(answer: NotDecidable | Extract<ItemAnswer, { kind: 'invalid' }>): string {
  switch (answer.kind) {
    case 'unknown':
      return outdatedButton
    case 'decided_before':
    case 'over':
      return `${outcomeText(answer.item)}. Nothing was changed.`
    case 'closed':
      return `${answer.campaign.reference} is closed. Nothing was changed.`
    case 'invalid':
      return answer.problems.map(({ message }) => message).join(' ')
    case 'refused':
      return `⛔ ${typeof answer.because === 'string' ? refusals[answer.because] : inline(answer.because.policy, 600)}`
  }
}

const refusals = {
  own_access: 'Nobody reviews their own access, not even from a second account. Nothing was changed.',
  not_a_reviewer:
    'Only the approvers of the system, the sponsor of a contractor and the security leads decide here. Nothing was changed.',
  account: 'This account cannot decide in a review. Nothing was changed.',
  frozen: 'You are frozen, so you decide nothing for others. Nothing was changed.',
} as const
