import type { ModalView } from '@slack/types'
import { reviewVerdicts } from '../../../domain/break-glass.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import {
  mayReview,
  type NotReviewable,
  reviewBreakGlass,
} from '../../../usecases/requests/review-break-glass.ts'
import { outdatedButton, refusedSentence, unknownRequest } from '../../kit/answers.ts'
import { section, textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { reasonForm, showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { leaseText, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { breakGlassInputIds, reviewViewId } from './ids.ts'
import { reviewedSentence, verdictText } from './messages.ts'

/** Review… opens a form, for people who may review this use of break-glass. */
export function reviewAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayReview(ports, { by: click.by, requestId })
    if (answer.kind === 'may') {
      await opener.open(click.triggerId, reviewForm(answer.history), reply)
      return
    }
    return reply.ephemeral(textMessage(notReviewed(answer)))
  }
}

/** Asks a reviewer for the judgement and the finding. */
export function reviewForm(history: RequestHistory): ModalView {
  const { request, requester } = history
  const form = reasonForm({
    callbackId: reviewViewId,
    title: `Review ${request.reference}`,
    submit: 'Reviewed',
    requestId: request.id,
    about: [
      section(`${mention(requester.userId)} took ${whatIsAsked(request)}, ${leaseText(history)}.`),
      ...whyBlocks(request),
    ],
    label: 'What did you find?',
    hint: 'Look at what the person did in the system. The person, security and auditors read this.',
  })
  const options = reviewVerdicts.map((value) => ({ text: plain(verdictText(value), 75), value }))
  const verdict = {
    type: 'input' as const,
    block_id: 'verdict',
    label: plain('Was it right to break glass?'),
    element: { type: 'radio_buttons' as const, action_id: breakGlassInputIds.verdict, options },
  }
  const reason = form.blocks.length - 1
  return { ...form, blocks: form.blocks.toSpliced(reason, 0, verdict) }
}

/** Handles the submitted form with the finding. */
export function reviewFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    const typed = view.inputs.get(breakGlassInputIds.verdict)?.value ?? ''
    const verdict = reviewVerdicts.find((one) => one === typed)
    if (!requestId || !verdict) return reply.show(noticeView('Review', outdatedButton))
    const answer = await reviewBreakGlass(ports, { by, requestId, verdict, finding: typedReason(view) })
    if (answer.kind === 'reviewed') return reply.close()
    if (answer.kind === 'invalid') return showReasonErrors(reply, view, answer.problems)
    return reply.show(noticeView('Not reviewed', notReviewed(answer)))
  }
}

function notReviewed(answer: NotReviewable): string {
  switch (answer.kind) {
    case 'refused':
      return refusedSentence(answer.policy)
    case 'reviewed_before':
      return reviewedSentence(answer.history)
    case 'frozen':
      return `${frozenSentence(answer.freeze)} So nothing was reviewed.`
    case 'still_open':
      return `${answer.history.request.reference} is still open, so nobody can judge it as a whole yet. Take it back, or wait until it ends.`
    case 'unknown':
      return unknownRequest
  }
}
