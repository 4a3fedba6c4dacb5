import type { Opener } from '../../api/open-view.ts'
import type { ActionListener } from '../../edge/listener.ts'
import { closedWordsFor, notYours, outdated, overSentence, unknownRequest } from '../../kit/answers.ts'
import { says } from '../../kit/blocks.ts'
import { parseAgainValue, parseRequestId } from '../../kit/ids.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { requestForm } from '../request/form.ts'
import { formFor } from '../request/form-state.ts'

/** Cancel request: the message that bears the button tells the rest. */
export function cancelAction({
  usecases,
}: {
  usecases: Pick<SlackUsecases, 'cancelRequest'>
}): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.whisper(says(unknownRequest))
    const answer = await usecases.cancelRequest({ by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return reply.acknowledge()
      case 'closed':
        return reply.whisper(closedWordsFor(answer.story))
      case 'not_yours':
        return reply.whisper(says(notYours))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** I'm done: the message that bears the button tells the rest. */
export function releaseAction({
  usecases,
}: {
  usecases: Pick<SlackUsecases, 'releaseGrant'>
}): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.whisper(says(unknownRequest))
    const answer = await usecases.releaseGrant({ by, requestId })
    switch (answer.kind) {
      case 'releasing':
        return reply.acknowledge()
      case 'over':
        return reply.whisper(says(overSentence(answer.story)))
      case 'not_yours':
        return reply.whisper(says(notYours))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** Request again: the form for the same thing, to be reasoned for anew. */
export function againAction({
  usecases,
  opener,
}: {
  usecases: Pick<SlackUsecases, 'listRequestable'>
  opener: Opener
}): ActionListener {
  return async ({ by, value, triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    const again = parseAgainValue(value)
    if (!again) return reply.whisper(says(outdated))
    const form = await formFor(usecases, by, {
      ...again,
      justification: '',
      ticket: null,
      responseUrl,
    })
    await opener.open(triggerId, requestForm(form), reply)
  }
}
