import { parse } from 'node:querystring'
import { type App, isValidSlackRequest, type ReceiverEvent } from '@slack/bolt'
import type { Logger } from 'pino'
import { type HttpAnswer, type HttpRequest, type HttpRoute, jsonAnswer } from '../../http-route.ts'
import { parseJson } from '../kit/json.ts'
import { type Payload, parsePayload } from '../kit/payload.ts'
import { createRefusalLog } from './refusal-log.ts'
import { isSafePayload } from './screen.ts'

/** The reason for a refused delivery. */
export type RefusedDelivery = 'unsigned' | 'future' | 'malformed' | 'too_large'

export interface EndpointOptions {
  readonly signingSecret: string
  readonly logger: Logger
  readonly onRefused: (why: RefusedDelivery) => void
}

/** Slack's largest payload is a view of 250 KB, escaped: https://docs.slack.dev/reference/methods/views.open#errors */
const largestBody = 1024 * 1024
/** The clocks of Slack and of this host may differ by this much. */
const aheadSeconds = 60
/** Slack waits no longer: https://docs.slack.dev/interactivity/handling-user-interaction/#acknowledgment_response */
const answerLimitMs = 3_000

export interface SlackEndpoint {
  readonly route: HttpRoute
  /** Hands deliveries to this app from now on. Before, they are answered with 503. */
  connect(app: App): void
}

/**
 * Answers `POST /slack/events`. It is stricter than Bolt's receiver. It refuses timestamps from the future, and checks a
 * payload before anything reads it. It answers an event after the event was handled, so that Slack retries a failed one.
 */
export function createSlackEndpoint(options: EndpointOptions): SlackEndpoint {
  let app: App | undefined
  const logRefusal = createRefusalLog(options.logger)
  const refused = (why: RefusedDelivery) => {
    options.onRefused(why)
    logRefusal(why)
  }
  async function handler(request: HttpRequest): Promise<HttpAnswer> {
    const read = readDelivery(options, request)
    if ('refused' in read) {
      refused(read.refused)
      return { status: read.status }
    }
    const { body, payload } = read
    if (payload) return app ? handToApp(app, body, payload, request.headers, options.logger) : { status: 503 }
    if (body.type === 'url_verification') return jsonAnswer(200, { challenge: body.challenge })
    return { status: 200 }
  }
  const onRefused = (status: number) => refused(status === 413 ? 'too_large' : 'malformed')
  return {
    route: { path: '/slack/events', method: 'POST', bodyLimit: largestBody, handler, onRefused },
    connect(known) {
      app = known
    },
  }
}

/** Null as payload: a control message of Slack, such as its certificate check, URL verification or rate limit notice. */
type Read =
  | { body: Record<string, unknown>; payload: Payload | null }
  | { refused: RefusedDelivery; status: number }

function readDelivery({ signingSecret }: EndpointOptions, request: HttpRequest): Read {
  const text = request.body.toString()
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  // Slack sends this check without a signature. Nothing else of the body is read.
  if (isForm && text.includes('ssl_check') && parse(text).ssl_check === '1')
    return { body: { ssl_check: '1' }, payload: null }
  const signature = request.headers['x-slack-signature']
  const timestamp = Number(request.headers['x-slack-request-timestamp'])
  if (typeof signature !== 'string' || !Number.isInteger(timestamp))
    return { refused: 'unsigned', status: 401 }
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp }
  if (!isValidSlackRequest({ signingSecret, body: text, headers }))
    return { refused: 'unsigned', status: 401 }
  if (timestamp > Date.now() / 1000 + aheadSeconds) return { refused: 'future', status: 401 }
  const body = isForm ? formBody(text) : parseJson(text)
  if (!isSafePayload(body)) return { refused: 'malformed', status: 400 }
  const payload = parsePayload(body)
  if (!payload && !isSlackControl(body)) return { refused: 'malformed', status: 400 }
  return { body, payload }
}

/** An interaction is JSON in the parameter `payload`; a command is the form itself. */
function formBody(text: string): unknown {
  const form = parse(text)
  return typeof form.payload === 'string' ? parseJson(form.payload) : form
}

function isSlackControl({ type }: Record<string, unknown>): boolean {
  return type === 'url_verification' || type === 'app_rate_limited'
}

/** Resolves with the first answer. Unfinished work goes on after it. */
function handToApp(
  app: App,
  body: Record<string, unknown>,
  payload: Payload,
  headers: HttpRequest['headers'],
  logger: Logger,
): Promise<HttpAnswer> {
  const isEvent = payload.kind === 'event'
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ status: 504 }), answerLimitMs)
    const event: ReceiverEvent = {
      body,
      ...retryOf(headers),
      customProperties: { payload },
      ack: async (content?: unknown) => (isEvent ? undefined : resolve(answerOf(content))),
    }
    app
      .processEvent(event)
      .then(
        () => resolve({ status: isEvent ? 200 : 404 }),
        (error: unknown) => {
          logger.error({ err: error }, 'handling a delivery of Slack failed')
          resolve({ status: 500 })
        },
      )
      .finally(() => clearTimeout(timer))
  })
}

/** https://docs.slack.dev/apis/events-api/#retries */
function retryOf(headers: HttpRequest['headers']): Pick<ReceiverEvent, 'retryNum' | 'retryReason'> {
  const { 'x-slack-retry-num': number, 'x-slack-retry-reason': reason } = headers
  return {
    ...(typeof number === 'string' ? { retryNum: Number.parseInt(number, 10) } : {}),
    ...(typeof reason === 'string' ? { retryReason: reason } : {}),
  }
}

function answerOf(content: unknown): HttpAnswer {
  if (content === undefined || content === '') return { status: 200 }
  return typeof content === 'string' ? { status: 200, body: content } : jsonAnswer(200, content)
}
