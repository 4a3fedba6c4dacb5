import type { ModalView } from '@slack/types'
import { section } from './blocks.ts'
import { plain } from './text.ts'

/** Says something and has nothing to send. `words` are our own, or escaped. */
export function noticeView(title: string, words: string): ModalView {
  return {
    type: 'modal',
    callback_id: 'daypass.notice',
    title: plain(title, 24),
    close: plain('Close'),
    blocks: [section(words)],
  }
}
