import type { ModalView } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { mayRevoke, revokeNow } from '../../../usecases/grants/revoke-now.ts'
import { overSentence, refusedAnswer, refusedSentence, unknownRequest } from '../../kit/answers.ts'
import { context, section, textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { reasonForm, showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { leaseText, whatIsAsked } from '../../kit/terms.ts'
import { mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeViewId } from './ids.ts'

/** Revoke now… opens a form, for people who may revoke this grant. */
export function revokeAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayRevoke(ports, { by: click.by, requestId })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, revokeForm(answer.history), reply)
        return
      case 'over':
        return reply.ephemeral(textMessage(overSentence(answer.history)))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}

/** Asks for the reason of the revocation. */
export function revokeForm(history: RequestHistory, reason = ''): ModalView {
  const { request, requester, grant } = history
  const isScheduled = grant?.status === 'scheduled'
  return reasonForm({
    callbackId: revokeViewId,
    title: `${isScheduled ? 'Cancel' : 'Revoke'} ${request.reference}`,
    submit: isScheduled ? 'Cancel start' : 'Revoke now',
    requestId: request.id,
    about: [
      section(
        `${mention(requester.userId)} ${isScheduled ? 'will have' : 'has'} ${whatIsAsked(request)}, ${leaseText(history)}.`,
      ),
      context(
        isScheduled
          ? 'It has not started, so it never will. You cannot undo this, but the requester can ask again.'
          : 'Daypass closes open sessions and removes the login at once. You cannot undo this, but the holder can ask again.',
      ),
    ],
    label: 'Why now?',
    hint: 'The holder and the auditors read this.',
    initial: reason,
  })
}

/** Handles the submitted form with the reason of the revocation. */
export function revokeFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Revoke', unknownRequest))
    const answer = await revokeNow(ports, { by, requestId, reason: typedReason(view) })
    switch (answer.kind) {
      case 'revoking':
        return reply.close()
      case 'over':
        return reply.show(noticeView('Already over', overSentence(answer.history)))
      case 'refused':
        return reply.show(noticeView('Not revoked', refusedSentence(answer.policy)))
      case 'invalid':
        return showReasonErrors(reply, view, answer.problems)
      case 'unknown':
        return reply.show(noticeView('Not revoked', unknownRequest))
    }
  }
}
