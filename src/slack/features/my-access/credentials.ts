import type { ModalView } from '@slack/types'
import { DirectoryUnavailable } from '../../../domain/directory.ts'
import { parsePublicKey } from '../../../domain/public-key.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { type CredentialsAnswer, issueCredentials } from '../../../usecases/grants/issue-credentials.ts'
import { overSentence, unavailableSentence, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { notYours } from './answers.ts'
import { credentialsLoading, credentialsNotice, credentialsView } from './credentials-view.ts'
import { publicKeyInputId } from './ids.ts'

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
    const press = { by, requestId, interactionKey: interactionKey('action', triggerId) }
    const shown = await fillIn({ ports, opener }, { by, id: viewId }, () => issueCredentials(ports, press))
    if (!shown) await reply.ephemeral(textMessage(windowClosed))
  }
}

/** The holder brings a public key: credentials for it replace those in the window. */
export function credentialsFormListener({
  ports,
  opener,
}: Pick<FeatureParts, 'ports' | 'opener'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(credentialsNotice(unknownRequest))
    const typed = view.inputs.get(publicKeyInputId)
    const read = parsePublicKey(typed?.value ?? '')
    if (!read.ok) return reply.errors({ [typed?.blockId ?? 'public_key']: read.problem })
    await reply.show(credentialsLoading())
    const { publicKey } = read
    // One window takes several keys, one after the other.
    const key = interactionKey('view', `${view.id} ${publicKey}`)
    await fillIn({ ports, opener }, { by, id: view.id }, () =>
      issueCredentials(ports, { by, requestId, interactionKey: key, brought: { publicKey } }),
    )
  }
}

/** Shows the answer in the window. False if it is closed. */
async function fillIn(
  { ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>,
  { by, id: viewId }: { by: AccountKey; id: string },
  issue: () => Promise<CredentialsAnswer>,
): Promise<boolean> {
  try {
    const answer = await issue()
    const view =
      answer.kind === 'needs_proof'
        ? await proofFor({ ports }, { by, view: { id: viewId } }, answer.intent)
        : viewFor(answer)
    return await opener.update(viewId, view)
  } catch (error) {
    // The dispatcher answers the error in a message; the window must not say that credentials are still being made.
    await opener.update(viewId, noticeFor(error))
    throw error
  }
}

function noticeFor(error: unknown): ModalView {
  const isUnavailable = error instanceof DirectoryUnavailable
  return credentialsNotice(isUnavailable ? `⚠️ ${unavailableSentence(error)}` : failedUnexpectedly)
}

function viewFor(answer: Exclude<CredentialsAnswer, { kind: 'needs_proof' }>): ModalView {
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
    case 'frozen':
      return credentialsNotice(
        `${frozenSentence(answer.freeze)} Until then Daypass makes no new credentials.`,
      )
    case 'not_yours':
      return credentialsNotice(notYours)
    case 'unknown':
      return credentialsNotice(unknownRequest)
  }
}
