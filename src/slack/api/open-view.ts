import type { ModalView } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { formDidNotOpen } from '../kit/answers.ts'
import { textMessage } from '../kit/blocks.ts'
import type { Reply } from '../kit/reply.ts'
import { troubleOf } from './slack-error.ts'

export interface Opener {
  /** Opens a view; where Slack does not, says so to the person. Resolves with the view's id, or null. */
  open(triggerId: string, view: ModalView, reply: Reply): Promise<string | null>
  /** Redraws a view. False when it is no longer open. */
  update(viewId: string, view: ModalView): Promise<boolean>
}

/** Views are opened with the client that waits for nothing: a trigger lives three seconds and works once. */
export function createOpener({ client, logger }: { client: WebClient; logger: Logger }): Opener {
  return {
    async open(triggerId, view, reply) {
      try {
        const opened = await client.views.open({ trigger_id: triggerId, view })
        return opened.view?.id ?? null
      } catch (error) {
        logger.warn({ code: troubleOf(error).code }, 'a view did not open')
        await reply.ephemeral(textMessage(formDidNotOpen))
        return null
      }
    },
    async update(viewId, view) {
      try {
        await client.views.update({ view_id: viewId, view })
        return true
      } catch (error) {
        logger.warn({ code: troubleOf(error).code }, 'a view could not be redrawn')
        return false
      }
    },
  }
}
