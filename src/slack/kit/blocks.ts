import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  SectionBlock,
} from '@slack/types'
import { clip, mrkdwn, oneLine, plain } from './text.ts'

/**
 * A message: blocks, and the text for notifications and screen readers. A message has at most 50 blocks:
 * https://docs.slack.dev/reference/block-kit/blocks
 */
export interface MessageContent {
  readonly text: string
  readonly blocks: KnownBlock[]
}

/** At most 150 characters: https://docs.slack.dev/reference/block-kit/blocks/header-block */
export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(oneLine(text), 150) }
}

/** Text of Daypass in mrkdwn. The caller escapes every quoted name. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: mrkdwn(text) }
}

/** Text that a person typed, exactly as typed. */
export function quoted(text: string): SectionBlock {
  return { type: 'section', text: plain(text) }
}

/** At most 10 elements: https://docs.slack.dev/reference/block-kit/blocks/context-block */
export function context(...texts: string[]): ContextBlock {
  return { type: 'context', elements: texts.map(mrkdwn) }
}

/** At most 25 elements: https://docs.slack.dev/reference/block-kit/blocks/actions-block */
export function actions(...elements: Button[]): ActionsBlock {
  return { type: 'actions', elements }
}

/** Text of at most 75 characters, value of at most 2,000: https://docs.slack.dev/reference/block-kit/block-elements/button-element */
export function button(
  text: string,
  actionId: string,
  value: string,
  options: { style?: 'primary' | 'danger'; confirm?: ConfirmationDialog } = {},
): Button {
  return { type: 'button', text: plain(text, 75), action_id: actionId, value, ...options }
}

/** Limits of 100, 300 and 30 characters: https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
export function confirm(
  title: string,
  text: string,
  yes: string,
  no: string,
  style: 'primary' | 'danger' = 'primary',
): ConfirmationDialog {
  return {
    title: plain(title, 100),
    text: plain(text, 300),
    confirm: plain(yes, 30),
    deny: plain(no, 30),
    style,
  }
}

/** Sentences in one section block. */
export function textMessage(text: string): MessageContent {
  return { text: clip(text, 3000), blocks: [section(text)] }
}
