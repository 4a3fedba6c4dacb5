import type { InputBlock, ModalView, RichTextBlock } from '@slack/types'
import type { Credentials } from '../../../domain/connector.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { context, section } from '../../kit/blocks.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { moment, plain } from '../../kit/text.ts'
import { credentialsViewId, publicKeyInputId } from './ids.ts'

/**
 * Opened at once, and replaced later: a trigger id expires after three seconds.
 * https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses
 */
export function credentialsLoading(): ModalView {
  return credentialsModal([section('⏳ Making credentials for you…')])
}

/** Credentials in a modal: only one person sees it, and Slack keeps no history of it. */
export function credentialsView({ request }: RequestHistory, credentials: Credentials): ModalView {
  const shown = credentialsModal([
    section(`For ${whatIsAsked(request)}, until ${moment(credentials.expiresAt)}.`),
    ...credentials.fields.map(({ label, value }) => copyable(label, value)),
    ...credentials.commands.map(({ label, text }) => copyable(label, text)),
    context(
      credentials.isSecret === false
        ? 'The person who gave you the access wrote this.'
        : 'Daypass does not store what you see here. If you press the button again, you may get new secrets, and these may stop working.',
    ),
    ...(credentials.takesPublicKey ? [publicKeyInput] : []),
  ])
  if (!credentials.takesPublicKey) return shown
  return { ...shown, submit: plain('Use my own key'), private_metadata: request.id }
}

/** A key that the person made never passes through Slack. */
const publicKeyInput: InputBlock = {
  type: 'input',
  block_id: 'public_key',
  label: plain('Rather use a key of your own?'),
  hint: plain('Paste its public key: the file that ends in .pub. What is shown above stops working.'),
  element: {
    type: 'plain_text_input',
    action_id: publicKeyInputId,
    max_length: 2000,
    placeholder: plain('ssh-ed25519 AAAA… you@laptop'),
  },
}

/** The same window, with a sentence in place of credentials. `text` is mrkdwn. */
export function credentialsNotice(text: string): ModalView {
  return credentialsModal([section(text)])
}

/** At most 100 blocks: https://docs.slack.dev/reference/views/modal-views */
function credentialsModal(blocks: ModalView['blocks']): ModalView {
  return {
    type: 'modal',
    callback_id: credentialsViewId,
    title: plain('Credentials'),
    close: plain('Close'),
    clear_on_close: true,
    blocks: blocks.slice(0, 100),
  }
}

function copyable(label: string, value: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: label || '–', style: { bold: true } }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: value || '–' }], border: 0 },
    ],
  }
}
