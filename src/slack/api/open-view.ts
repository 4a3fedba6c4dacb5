import type { ModalView } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { textMessage } from '../kit/blocks.ts'
import type { Reply } from '../kit/reply.ts'
import { explainSlackError } from './slack-error.ts'

const formDidNotOpen = 'Slack did not open the form. Please try again.'

export interface Opener {
  /** Opens a view and resolves with its id. When Slack refuses, tells the person and resolves with null. */
  open(triggerId: string, view: ModalView, reply: Reply): Promise<string | null>
  /** Replaces the content of a view. False when Slack refuses, for example because the view is closed. */
  update(viewId: string, view: ModalView): Promise<boolean>
}

/**
 * Views need the interactive client, which no queued post delays. A trigger id works once, within three seconds:
 * https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses
 */
export function createOpener({ client, logger }: { client: WebClient; logger: Logger }): Opener {
  return {
    async open(triggerId, view, reply) {
      try {
        const opened = await client.views.open({ trigger_id: triggerId, view })
        return opened.view?.id ?? null
      } catch (error) {
        logger.warn({ code: explainSlackError(error).code }, 'Slack did not open a view')
        await reply.ephemeral(textMessage(formDidNotOpen))
        return null
      }
    },
    async update(viewId, view) {
      try {
        await client.views.update({ view_id: viewId, view })
        return true
      } catch (error) {
        logger.warn({ code: explainSlackError(error).code }, 'Slack did not update a view')
        return false
      }
    },
  }
}
