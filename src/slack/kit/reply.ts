import type { ModalView } from '@slack/types'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { MessageContent } from './blocks.ts'
import { parseJson } from './json.ts'
import type { Suggestions } from './options.ts'

/** Answers a command or a click. The first call also acknowledges it to Slack. */
export interface Reply {
  /** Acknowledges without a message. */
  acknowledge(): Promise<void>
  /** Only the person who acted sees this. */
  ephemeral(content: MessageContent): Promise<void>
  /** Replaces the ephemeral message that has the pressed button. Posts `fallback` when Slack refuses `content`. */
  replace(content: MessageContent, fallback?: MessageContent): Promise<void>
  /** Everybody in the channel sees this. Rejects when Slack refuses it. */
  announce(content: MessageContent): Promise<void>
}

/** Answers a submitted form. */
export interface FormReply {
  close(): Promise<void>
  /** Shows errors beside fields, by block id. */
  errors(errors: Record<string, string>): Promise<void>
  /** Replaces the form with another view. */
  show(view: ModalView): Promise<void>
  /**
   * Posts a message that only this person sees, in the channel where the form was opened. Call it after the form is answered.
   * Never rejects, because a direct message tells the same. A response URL works 5 times in 30 minutes:
   * https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
   */
  answerAt(responseUrl: string, content: MessageContent): Promise<void>
}

export interface SuggestReply {
  suggest(suggestions: Suggestions): Promise<void>
}

/** Acknowledges to Slack, with at most one answer. */
export type Acknowledge = (answer?: unknown) => Promise<void>

/**
 * Slack waits three seconds for an acknowledgement. Unfinished work goes on after it:
 * https://docs.slack.dev/interactivity/handling-user-interaction/#acknowledgment_response
 */
const acknowledgeByMs = 2_500

/** Slack may refuse with HTTP 200 and `ok: false`. On success it answers `ok`, as JSON or as plain text. */
const refusal = z.object({ ok: z.literal(false), error: z.string().max(100).default('without a reason') })

export interface ReplyOptions {
  readonly acknowledge: Acknowledge
  readonly responseUrl: string | null
  /** Shows the text in a window: a click on the Home tab has no response URL. */
  readonly showWindow?: ((text: string) => Promise<void>) | undefined
  /** True for a command: its acknowledgement may hold the answer. A click is answered through its response URL. */
  readonly canAnswerInAcknowledgement: boolean
  readonly fetch: typeof fetch
  readonly logger: Logger
}

export function createReply(options: ReplyOptions): Reply & { settle(): void } {
  const { acknowledge, responseUrl, showWindow, canAnswerInAcknowledgement, logger } = options
  let acknowledged = false
  const late = setTimeout(
    () => void once().catch((error) => logger.warn({ err: error }, 'a late acknowledgement to Slack failed')),
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
    if (responseUrl === null)
      return logger.warn('an answer was lost, because the payload had no response URL')
    await postAnswer(options.fetch, responseUrl, answer)
  }

  async function replace(content: MessageContent, fallback?: MessageContent): Promise<void> {
    const post = (message: MessageContent) =>
      respond({ response_type: 'ephemeral', ...message, replace_original: true })
    if (!fallback) return post(content)
    try {
      await post(content)
    } catch (error) {
      logger.warn({ err: error }, 'Slack refused an answer, so Daypass posts the fallback')
      await post(fallback)
    }
  }

  async function ephemeral(content: MessageContent): Promise<void> {
    const answer = { response_type: 'ephemeral', ...content }
    if (responseUrl === null && showWindow) {
      await once()
      return showWindow(content.text)
    }
    if (canAnswerInAcknowledgement && !acknowledged) return once(answer)
    await respond({ ...answer, replace_original: false })
  }

  return {
    acknowledge: () => once(),
    ephemeral,
    replace,
    announce: (content) => respond({ response_type: 'in_channel', ...content, replace_original: false }),
    settle: () => clearTimeout(late),
  }
}

/** Rejects when Slack refuses the answer. */
async function postAnswer(fetchSlack: typeof fetch, responseUrl: string, answer: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetchSlack(responseUrl, { method: 'POST', headers, body: JSON.stringify(answer) })
  const { ok, status } = response
  const reason = refusal.safeParse(parseJson(await response.text().catch(() => ''))).data?.error
  if (!ok || reason !== undefined) {
    throw new Error(`Slack refused an answer: HTTP ${status}${reason === undefined ? '' : `, ${reason}`}`)
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
        logger.warn({ err: error }, 'Slack refused the answer to a form in the channel where it was opened')
      }
    },
  }
}
