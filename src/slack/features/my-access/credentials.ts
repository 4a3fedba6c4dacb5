import type { ModalView } from '@slack/types'
import { DirectoryUnavailable } from '../../../domain/ports.ts'
import { type CredentialsAnswer, issueCredentials } from '../../../usecases/grants/issue-credentials.ts'
import { overSentence, unavailableSentence, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from './answers.ts'
import { credentialsLoading, credentialsNotice, credentialsView } from './credentials-view.ts'

const windowClosed =
  'I could not show the credentials, for example because the window was closed. Press *Show credentials* again.'
const failedUnexpectedly = 'I could not make credentials. Please close this window and read my message.'
const tryAgain = 'Please close this and try again in a moment.'
const askOwners = 'Pressing the button once more will not help. Please show this to the owners.'

/**
 * Show credentials. The modal opens first: a new password ends the old one, so Daypass makes only credentials that it can
 * show. They exist in the modal and nowhere else.
 */
export function credentialsAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const viewId = await opener.open(triggerId, credentialsLoading(), reply)
    if (viewId === null) return
    try {
      const press = { by, requestId, interactionKey: interactionKey('action', triggerId) }
      const shown = await opener.update(viewId, viewFor(await issueCredentials(ports, press)))
      if (!shown) await reply.ephemeral(textMessage(windowClosed))
    } catch (error) {
      // The dispatcher answers the error in a message; the window must not say that credentials are still being made.
      await opener.update(viewId, noticeFor(error))
      throw error
    }
  }
}

function noticeFor(error: unknown): ModalView {
  const isUnavailable = error instanceof DirectoryUnavailable
  return credentialsNotice(isUnavailable ? `⚠️ ${unavailableSentence(error)}` : failedUnexpectedly)
}

function viewFor(answer: CredentialsAnswer): ModalView {
  switch (answer.kind) {
    case 'issued':
      return credentialsView(answer.history, answer.credentials)
    case 'nothing_to_show':
      return credentialsNotice('This access needs no credentials: your own account has it already.')
    case 'over':
      return credentialsNotice(overSentence(answer.history))
    case 'repeated':
      return credentialsNotice(
        'I showed the credentials of that click once, and did not keep them. Press *Show credentials* again for new ones.',
      )
    case 'failed':
      return credentialsNotice(
        `I could not make credentials: ${inline(answer.message, 600)}\n${answer.mayTryAgain ? tryAgain : askOwners}`,
      )
    case 'not_yours':
      return credentialsNotice(notYours)
    case 'unknown':
      return credentialsNotice(unknownRequest)
  }
}
