import type { ModalView, RichTextBlock } from '@slack/types'
import type { Credentials } from '../../../domain/connector.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { context, section } from '../../kit/blocks.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { moment, plain } from '../../kit/text.ts'
import { credentialsViewId } from './ids.ts'

/**
 * Opened at once, and replaced later: a trigger id expires after three seconds.
 * https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses
 */
export function credentialsLoading(): ModalView {
  return credentialsModal([section('⏳ Making credentials for you…')])
}

/** Credentials in a modal: only one person sees it, and Slack keeps no history of it. */
export function credentialsView({ request }: RequestHistory, credentials: Credentials): ModalView {
  return credentialsModal([
    section(`For ${whatIsAsked(request)}, until ${moment(credentials.expiresAt)}.`),
    ...credentials.fields.map(({ label, value }) => copyable(label, value)),
    ...credentials.commands.map(({ label, text }) => copyable(label, text)),
    context(
      'These credentials are new. If you press the button again, you get a new password and this one stops working. Daypass stores neither.',
    ),
  ])
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
