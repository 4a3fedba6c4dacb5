import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { textMessage } from '../kit/blocks.ts'
import { noticeView } from '../kit/notice-view.ts'
import { explainSlackError } from './slack-error.ts'

/**
 * Tells a person who acted where no channel is: in a window, or in a direct message when the trigger opens no window any more.
 * Rejects when Slack refuses both.
 */
export function createTellPerson({ client, logger }: { client: WebClient; logger: Logger }) {
  return async (
    { triggerId, by }: { triggerId: string; by: { userId: string } },
    text: string,
  ): Promise<void> => {
    try {
      await client.views.open({ trigger_id: triggerId, view: noticeView('Daypass', text) })
    } catch (error) {
      logger.warn({ code: explainSlackError(error).code }, 'Slack did not open a window, so Daypass writes')
      const { channel } = await client.conversations.open({ users: by.userId })
      await client.chat.postMessage({ channel: channel?.id ?? '', ...textMessage(text) })
    }
  }
}
