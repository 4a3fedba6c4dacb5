import type { ModalView } from '@slack/types'
import type { Catalog } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { decideRequest, mayDecide } from '../../../usecases/requests/decide-request.ts'
import {
  closedAnswer,
  closedSentence,
  refusedAnswer,
  refusedSentence,
  unknownRequest,
} from '../../kit/answers.ts'
import { approvalsOf } from '../../kit/approvals.ts'
import { section, textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { parseRequestId, parseStage, stageValue } from '../../kit/request-id.ts'
import { leaseText, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { frozenDecisionSentence, notCountedSentence, repeatedSentence } from './answers.ts'
import { approveForLessViewId, shorterInputId } from './ids.ts'

/** Approve for less… opens a form for a shorter time, for people who may decide this request. */
export function approveForLessAction({
  ports,
  opener,
}: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayDecide(ports, { by: click.by, requestId, verdict: 'approve' })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, approveForLessForm(answer.history, ports.catalog), reply)
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

/** Asks an approver for a shorter time. */
function approveForLessForm(history: RequestHistory, catalog: Catalog): ModalView {
  const { request, requester } = history
  const { open, durationSeconds } = approvalsOf(history, catalog)
  return {
    type: 'modal',
    callback_id: approveForLessViewId,
    private_metadata: stageValue(request.id, open?.index ?? 0),
    title: plain(`Approve ${request.reference}`, 24),
    submit: plain('Approve'),
    close: plain('Back'),
    blocks: [
      section(`${mention(requester.userId)} asks for ${whatIsAsked(request)}, ${leaseText(history)}.`),
      ...whyBlocks(request),
      {
        type: 'input',
        block_id: shorterInputId,
        label: plain('For how long?'),
        hint: plain(`Shorter than ${formatDuration(durationSeconds)}. Write it as in 20m or 1h30m.`),
        element: { type: 'plain_text_input', action_id: shorterInputId, max_length: 40 },
      },
    ],
  }
}

/** Handles the submitted form with the shorter time. */
export function approveForLessListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Approve', unknownRequest))
    const typed = view.inputs.get(shorterInputId)
    const answer = await decideRequest(ports, {
      by,
      requestId,
      verdict: 'approve',
      reason: null,
      stage: parseStage(view.privateMetadata),
      duration: typed?.value ?? '',
    })
    switch (answer.kind) {
      case 'recorded':
        return reply.close()
      case 'invalid':
        return reply.errors({
          [typed?.blockId ?? shorterInputId]: answer.problems.map(({ message }) => message).join(' '),
        })
      case 'repeated':
        return reply.show(noticeView('Already decided', repeatedSentence(answer.history, ports.catalog)))
      case 'closed':
        return reply.show(noticeView('Already decided', closedSentence(answer.history)))
      case 'moved_on':
      case 'not_needed':
        return reply.show(
          noticeView('Not approved', notCountedSentence(answer.kind, answer.history, ports.catalog)),
        )
      case 'frozen':
        return reply.show(noticeView('Not approved', frozenDecisionSentence(answer.freeze)))
      case 'refused':
        return reply.show(noticeView('Not approved', refusedSentence(answer.policy)))
      case 'needs_proof':
        return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
      case 'unknown':
        return reply.show(noticeView('Not approved', unknownRequest))
    }
  }
}
