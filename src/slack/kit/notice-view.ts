import type { ModalView } from '@slack/types'
import { section } from './blocks.ts'
import { plain } from './text.ts'

/** A window with text and without a button to send. `text` is mrkdwn; the caller escapes every quoted name. */
export function noticeView(title: string, text: string): ModalView {
  return {
    type: 'modal',
    callback_id: 'daypass.notice',
    title: plain(title, 24),
    close: plain('Close'),
    blocks: [section(text)],
  }
}
