import type { ModalView } from '@slack/types'
import { DirectoryUnavailable } from '../../../domain/ports.ts'
import type { CredentialsAnswer } from '../../../usecases/issue-credentials.ts'
import { notYours, overSentence, slackUnavailable, unknownRequest } from '../../blocks/answers.ts'
import { credentialsLoading, credentialsNotice, credentialsView } from '../../blocks/credentials.ts'
import { says } from '../../blocks/parts.ts'
import { interactionKey } from '../../keys.ts'
import type { Opener } from '../../open-view.ts'
import { parseRequestId } from '../../parse/ids.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { inline } from '../../text.ts'
import type { ActionListener } from '../listener.ts'

export interface CredentialsParts {
  readonly usecases: Pick<SlackUsecases, 'issueCredentials'>
  readonly opener: Opener
}

/**
 * Show credentials. The modal opens before they are made: a new password ends the old one, so none is made that cannot
 * be shown. They exist in the modal and nowhere else.
 */
export function credentialsAction({ usecases, opener }: CredentialsParts): ActionListener {
  return async ({ by, value, triggerId }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    if (!requestId) return reply.whisper(says(unknownRequest))
    const viewId = await opener.open(triggerId, credentialsLoading(), reply)
    if (viewId === null) return
    const view = await make(usecases, { by, requestId, interactionKey: interactionKey('action', triggerId) })
    const shown = await opener.update(viewId, view)
    if (!shown)
      await reply.whisper(
        says('The window was closed before I could show anything. Press *Show credentials* again.'),
      )
  }
}

async function make(
  { issueCredentials }: CredentialsParts['usecases'],
  input: Parameters<SlackUsecases['issueCredentials']>[0],
): Promise<ModalView> {
  try {
    return viewFor(await issueCredentials(input))
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return credentialsNotice(slackUnavailable)
    throw error
  }
}

function viewFor(answer: CredentialsAnswer): ModalView {
  switch (answer.kind) {
    case 'issued':
      return credentialsView(answer.story, answer.credentials)
    case 'nothing_to_show':
      return credentialsNotice('There is nothing to show for this: your own account has the access already.')
    case 'over':
      return credentialsNotice(overSentence(answer.story))
    case 'repeated':
      return credentialsNotice(
        'What was made for that click was shown once and is not kept. Press *Show credentials* again for new ones.',
      )
    case 'failed':
      return credentialsNotice(
        `I could not make credentials: ${inline(answer.message, 600)}\nYou still have the access; try again in a moment.`,
      )
    case 'not_yours':
      return credentialsNotice(notYours)
    case 'unknown':
      return credentialsNotice(unknownRequest)
  }
}
