import type { ModalView } from '@slack/types'
import { type CredentialsAnswer, issueCredentials } from '../../../usecases/grants/issue-credentials.ts'
import { notYours, overSentence, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { parseRequestId } from '../../kit/ids.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { credentialsLoading, credentialsNotice, credentialsView } from './credentials-view.ts'

/**
 * Show credentials. The modal opens before they are made: a new password ends the old one, so none is made that cannot
 * be shown. They exist in the modal and nowhere else.
 */
export function credentialsAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const viewId = await opener.open(triggerId, credentialsLoading(), reply)
    if (viewId === null) return
    const key = interactionKey('action', triggerId)
    const answer = await issueCredentials(ports, { by, requestId, interactionKey: key })
    const shown = await opener.update(viewId, viewFor(answer))
    if (!shown)
      await reply.ephemeral(
        textMessage('The window was closed before I could show anything. Press *Show credentials* again.'),
      )
  }
}

const tryAgain = 'Please close this and try again in a moment.'
const askOwners = 'Pressing the button once more will not help. Please show this to the owners.'

function viewFor(answer: CredentialsAnswer): ModalView {
  switch (answer.kind) {
    case 'issued':
      return credentialsView(answer.history, answer.credentials)
    case 'nothing_to_show':
      return credentialsNotice('There is nothing to show for this: your own account has the access already.')
    case 'over':
      return credentialsNotice(overSentence(answer.history))
    case 'repeated':
      return credentialsNotice(
        'What was made for that click was shown once and is not kept. Press *Show credentials* again for new ones.',
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
