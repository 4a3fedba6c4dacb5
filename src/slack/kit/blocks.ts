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

/** What is posted: blocks, and the words for notifications and screen readers. */
export interface MessageContent {
  readonly text: string
  readonly blocks: KnownBlock[]
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(oneLine(text), 150) }
}

/** Our own words, already escaped where they quote names. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: mrkdwn(text) }
}

/** Somebody's own words, exactly as typed. */
export function quoted(text: string): SectionBlock {
  return { type: 'section', text: plain(text) }
}

export function context(...texts: string[]): ContextBlock {
  return { type: 'context', elements: texts.map(mrkdwn) }
}

export function actions(...elements: Button[]): ActionsBlock {
  return { type: 'actions', elements }
}

export function button(
  text: string,
  actionId: string,
  value: string,
  options: { style?: 'primary' | 'danger'; confirm?: ConfirmationDialog } = {},
): Button {
  return { type: 'button', text: plain(text, 75), action_id: actionId, value, ...options }
}

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

/** One or more sentences, for an answer that only one person sees. */
export function textMessage(text: string): MessageContent {
  return { text: clip(text, 3000), blocks: [section(text)] }
}
