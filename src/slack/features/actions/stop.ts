import type { ModalView } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { stopRunOfOther } from '../../../usecases/runs/stop-run.ts'
import { exactText } from '../../kit/action.ts'
import { overSentence, refusedAnswer, refusedSentence, unknownRequest } from '../../kit/answers.ts'
import { context, section, textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { clip, mention, plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { isOver, stopping } from './answers.ts'
import { stopRunViewId } from './ids.ts'
import { stopSentence } from './messages.ts'

/** Stop run, on the owners' card. */
export function stopRunAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await stopRunOfOther(ports, { by: click.by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return
      case 'asked':
        return reply.ephemeral(textMessage(stopping))
      case 'over':
        return reply.ephemeral(textMessage(isOver))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}

/** `/revoke AR-1042` about a run: says what will be stopped. */
export function stopRunForm({ request, requester }: RequestHistory): ModalView {
  const text = request.asksFor.kind === 'action' ? request.asksFor.action.text : ''
  return {
    type: 'modal',
    callback_id: stopRunViewId,
    private_metadata: request.id,
    title: plain(`Stop ${request.reference}`, 24),
    submit: plain('Stop run'),
    close: plain('Back'),
    blocks: [
      section(`${mention(requester.userId)} asked for ${whatIsAsked(request)}, and it was approved.`),
      exactText(clip(text, 2_800)),
      context(stopSentence),
    ],
  }
}

/** Handles the confirmed form. */
export function stopRunFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Stop run', unknownRequest))
    const answer = await stopRunOfOther(ports, { by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return reply.show(noticeView('Stopped', 'It had not begun, and never will.'))
      case 'asked':
        return reply.show(noticeView('Stopping', stopping))
      case 'over':
        return reply.show(noticeView('Already over', overSentence(answer.history)))
      case 'refused':
        return reply.show(noticeView('Not stopped', refusedSentence(answer.policy)))
      case 'unknown':
        return reply.show(noticeView('Not stopped', unknownRequest))
    }
  }
}
