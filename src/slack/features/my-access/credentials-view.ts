import type { ModalView, RichTextBlock } from '@slack/types'
import type { Credentials } from '../../../domain/connector.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { context, section } from '../../kit/blocks.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { moment, plain } from '../../kit/text.ts'
import { credentialsViewId } from './ids.ts'

/** Opened at once, because a trigger lives three seconds; what it waits for is put in its place. */
export function credentialsLoading(): ModalView {
  return credentialsModal([section('⏳ Making credentials for you…')])
}

/** Shown to one person, in a modal, which leaves no history. Nothing in it is parsed. */
export function credentialsView({ request }: RequestHistory, credentials: Credentials): ModalView {
  return credentialsModal([
    section(`For ${whatIsAsked(request)}, until ${moment(credentials.expiresAt)}.`),
    ...credentials.fields.map(({ label, value }) => copyable(label, value)),
    ...credentials.commands.map(({ label, text }) => copyable(label, text)),
    context(
      'Made just now. Pressing the button again makes a new password and ends this one; Daypass keeps neither.',
    ),
  ])
}

/** Why there is nothing to show. */
export function credentialsNotice(words: string): ModalView {
  return credentialsModal([section(words)])
}

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
