import type { ModalView } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { decideRequest, mayDecide } from '../../../usecases/requests/decide-request.ts'
import {
  closedAnswer,
  closedSentence,
  refusedAnswer,
  refusedSentence,
  unknownRequest,
} from '../../kit/answers.ts'
import { section, textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { reasonForm, showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { leaseText, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { notCountedSentence, repeatedSentence } from './answers.ts'
import { denyViewId } from './ids.ts'

/** Deny… opens a form, for people who may decide this request. */
export function denyAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayDecide(ports, { by: click.by, requestId, verdict: 'deny' })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, denyForm(answer.history), reply)
        return
      case 'closed':
        return reply.ephemeral(closedAnswer(answer.history))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}

/** Asks an approver for the reason of the denial. */
export function denyForm(history: RequestHistory): ModalView {
  const { request, requester } = history
  return reasonForm({
    callbackId: denyViewId,
    title: `Deny ${request.reference}`,
    submit: 'Deny',
    requestId: request.id,
    about: [
      section(`${mention(requester.userId)} asks for ${whatIsAsked(request)}, ${leaseText(history)}.`),
      ...whyBlocks(request),
    ],
    label: 'Why not?',
    hint: 'The requester and the auditors read this.',
  })
}

/** Handles the submitted form with the reason of the denial. */
export function denyFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Deny', unknownRequest))
    const answer = await decideRequest(ports, { by, requestId, verdict: 'deny', reason: typedReason(view) })
    switch (answer.kind) {
      case 'recorded':
        return reply.close()
      case 'repeated':
        return reply.show(noticeView('Already decided', repeatedSentence(answer.history, ports.catalog)))
      case 'closed':
        return reply.show(noticeView('Already decided', closedSentence(answer.history)))
      case 'moved_on':
      case 'not_needed':
        return reply.show(
          noticeView('Not denied', notCountedSentence('moved_on', answer.history, ports.catalog)),
        )
      case 'refused':
        return reply.show(noticeView('Not denied', refusedSentence(answer.policy)))
      case 'needs_proof':
        return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
      case 'invalid':
        return showReasonErrors(reply, view, answer.problems)
      case 'unknown':
        return reply.show(noticeView('Not denied', unknownRequest))
    }
  }
}
