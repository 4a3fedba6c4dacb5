import type { ModalView } from '@slack/types'
import type { RequestStory } from '../../../domain/story.ts'
import { mayRevoke, revokeNow } from '../../../usecases/grants/revoke-now.ts'
import { overSentence, refusedSentence, refusedWords, unknownRequest } from '../../kit/answers.ts'
import { context, says, section } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import { parseRequestId } from '../../kit/ids.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { besideReason, reasonForm, reasonIn } from '../../kit/reason-form.ts'
import { leaseWords, whatIsAsked } from '../../kit/terms.ts'
import { mention } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { revokeViewId } from './ids.ts'

/** Revoke now… opens a form, for those who may. */
export function revokeAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayRevoke(ports, { by: click.by, requestId })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, revokeForm(answer.story), reply)
        return
      case 'over':
        return reply.whisper(says(overSentence(answer.story)))
      case 'refused':
        return reply.whisper(refusedWords(answer.policy))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** Asks why access is taken back before its time. */
export function revokeForm(story: RequestStory): ModalView {
  const { request, requester } = story
  return reasonForm({
    callbackId: revokeViewId,
    title: `Revoke ${request.reference}`,
    submit: 'Revoke now',
    requestId: request.id,
    about: [
      section(`${mention(requester.userId)} has ${whatIsAsked(request)}, ${leaseWords(story)}.`),
      context(
        'Open sessions are cut and the login is removed at once. This cannot be undone; it can be asked for again.',
      ),
    ],
    label: 'Why now?',
    hint: 'The holder reads this, and so does anybody who audits.',
  })
}

/** The form that asks why now was sent. */
export function revokeFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Revoke', unknownRequest))
    const answer = await revokeNow(ports, { by, requestId, reason: reasonIn(view) })
    switch (answer.kind) {
      case 'revoking':
        return reply.close()
      case 'over':
        return reply.show(noticeView('Already over', overSentence(answer.story)))
      case 'refused':
        return reply.show(noticeView('Not revoked', refusedSentence(answer.policy)))
      case 'invalid':
        return besideReason(reply, view, answer.problems)
      case 'unknown':
        return reply.show(noticeView('Not revoked', unknownRequest))
    }
  }
}
