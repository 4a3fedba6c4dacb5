import type { ModalView } from '@slack/types'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { MessageContent } from './blocks.ts'
import { parseJson } from './json.ts'
import type { Suggestions } from './options.ts'

/** How a command or a click is answered. Whoever answers first acknowledges with it. */
export interface Reply {
  /** Tells Slack that it arrived, without words. */
  acknowledge(): Promise<void>
  /** Only the person who did it sees this. */
  ephemeral(words: MessageContent): Promise<void>
  /** In place of the ephemeral message whose button was pressed. `otherwise`: what stands there when Slack does not take `words`. */
  replace(words: MessageContent, otherwise?: MessageContent): Promise<void>
  /** Everybody in the channel sees this. Rejects when Slack does not take it. */
  announce(words: MessageContent): Promise<void>
}

/** How a form that was sent is answered. */
export interface FormReply {
  close(): Promise<void>
  /** Words beside fields, by block id. */
  errors(errors: Record<string, string>): Promise<void>
  /** Another view in place of the form. */
  show(view: ModalView): Promise<void>
  /**
   * Once the form was answered: a message that only this person sees, where the form was opened. Never rejects: a response
   * URL works for 30 minutes, and what matters is told in a direct message too.
   */
  answerAt(responseUrl: string, content: MessageContent): Promise<void>
}

export interface SuggestReply {
  suggest(suggestions: Suggestions): Promise<void>
}

/** Slack's own function to acknowledge, which takes one answer. */
export type Acknowledge = (answer?: unknown) => Promise<void>

/** Shortly before Slack gives up, an interaction is acknowledged whatever is still being done for it. */
const acknowledgeByMs = 2_500

/** Slack may refuse with HTTP 200; what it takes it answers with `ok`, as JSON or as that word alone. */
const refusal = z.object({ ok: z.literal(false), error: z.string().max(100).default('without a reason') })

export interface ReplyOptions {
  readonly acknowledge: Acknowledge
  readonly responseUrl: string | null
  /** A command may be answered in its acknowledgement; a click only through its response URL. */
  readonly canAnswerInAcknowledgement: boolean
  readonly fetch: typeof fetch
  readonly logger: Logger
}

export function createReply(options: ReplyOptions): Reply & { settle(): void } {
  const { acknowledge, responseUrl, canAnswerInAcknowledgement, logger } = options
  let acknowledged = false
  const late = setTimeout(
    () => void once().catch((error) => logger.warn({ err: error }, 'a late acknowledgement failed')),
    acknowledgeByMs,
  )

  async function once(answer?: unknown): Promise<void> {
    if (acknowledged) return
    acknowledged = true
    clearTimeout(late)
    await acknowledge(answer)
  }

  async function respond(answer: object): Promise<void> {
    await once()
    if (responseUrl === null) return logger.warn('there is no response URL to answer through')
    await postAnswer(options.fetch, responseUrl, answer)
  }

  async function replace(words: MessageContent, otherwise?: MessageContent): Promise<void> {
    const put = (what: MessageContent) =>
      respond({ response_type: 'ephemeral', ...what, replace_original: true })
    if (!otherwise) return put(words)
    try {
      await put(words)
    } catch (error) {
      logger.warn({ err: error }, 'Slack did not take an answer, so a simpler one is given')
      await put(otherwise)
    }
  }

  async function ephemeral(words: MessageContent): Promise<void> {
    const answer = { response_type: 'ephemeral', ...words }
    if (canAnswerInAcknowledgement && !acknowledged) return once(answer)
    await respond({ ...answer, replace_original: false })
  }

  return {
    acknowledge: () => once(),
    ephemeral,
    replace,
    announce: (words) => respond({ response_type: 'in_channel', ...words, replace_original: false }),
    settle: () => clearTimeout(late),
  }
}

/** Rejects when Slack does not take it. */
async function postAnswer(fetchSlack: typeof fetch, responseUrl: string, answer: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetchSlack(responseUrl, { method: 'POST', headers, body: JSON.stringify(answer) })
  const { ok, status } = response
  const said = refusal.safeParse(parseJson(await response.text().catch(() => ''))).data?.error
  if (!ok || said !== undefined) {
    throw new Error(`Slack did not take an answer: HTTP ${status}${said === undefined ? '' : `, ${said}`}`)
  }
}

export type FormReplyOptions = Pick<ReplyOptions, 'acknowledge' | 'fetch' | 'logger'>

export function createFormReply({ acknowledge, fetch, logger }: FormReplyOptions): FormReply {
  return {
    close: () => acknowledge({ response_action: 'clear' }),
    errors: (errors) => acknowledge({ response_action: 'errors', errors }),
    show: (view) => acknowledge({ response_action: 'update', view }),
    async answerAt(responseUrl, content) {
      try {
        await postAnswer(fetch, responseUrl, {
          response_type: 'ephemeral',
          ...content,
          replace_original: false,
        })
      } catch (error) {
        logger.warn({ err: error }, 'a form could not be answered where it was opened')
      }
    },
  }
}
