import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import { type App, HTTPModuleFunctions, isValidSlackRequest, type ReceiverEvent } from '@slack/bolt'
import type { Logger } from 'pino'
import { createRefusalLog } from './edge/refusal-log.ts'
import { isSound } from './edge/screen.ts'
import { parseJson } from './kit/json.ts'
import { type Payload, parsePayload } from './kit/payload.ts'

/** Why a delivery was not taken. */
export type RefusedDelivery = 'unsigned' | 'future' | 'malformed' | 'too_large'

export interface EndpointOptions {
  readonly signingSecret: string
  readonly logger: Logger
  readonly onRefused: (why: RefusedDelivery) => void
}

/** Slack's largest payload is a view of 250 KB, escaped. */
const largestBody = 1024 * 1024
/** Slack's clock and ours may differ by this much. */
const aheadSeconds = 60
/** Slack has given up by then; answering later would only confuse. */
const patienceMs = 3_000

/**
 * Answers `POST /slack/events`. Stricter than Bolt's own receiver: a timestamp from the future is refused, a payload is
 * sound before anything looks into it, and an event is answered once it was handled, so that Slack delivers again what
 * was not.
 */
export function createEndpoint(options: EndpointOptions, app: () => App | undefined) {
  const logRefusal = createRefusalLog(options.logger)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const read = await readDelivery(options, request)
    if ('refused' in read) {
      options.onRefused(read.refused)
      logRefusal(read.refused)
      return void response.writeHead(read.status).end()
    }
    const { body, payload } = read
    if (payload) return hand(app(), body, payload, request, response, options.logger)
    if (body.type === 'url_verification') return json(response, { challenge: body.challenge })
    response.writeHead(200).end()
  }
}

/** Without a payload it is a question of Slack's own: its certificate check, its challenge, its word of rate limits. */
type Read =
  | { body: Record<string, unknown>; payload: Payload | null }
  | { refused: RefusedDelivery; status: number }

async function readDelivery({ signingSecret }: EndpointOptions, request: IncomingMessage): Promise<Read> {
  let text: string
  try {
    text = (await HTTPModuleFunctions.bufferIncomingMessage(request, largestBody)).rawBody.toString()
  } catch {
    return { refused: 'too_large', status: 413 }
  }
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  // Slack asks for this unsigned; nothing else of such a body is read.
  if (isForm && parse(text).ssl_check === '1') return { body: { ssl_check: '1' }, payload: null }
  const signature = request.headers['x-slack-signature']
  const timestamp = Number(request.headers['x-slack-request-timestamp'])
  if (typeof signature !== 'string' || !Number.isInteger(timestamp))
    return { refused: 'unsigned', status: 401 }
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp }
  if (!isValidSlackRequest({ signingSecret, body: text, headers }))
    return { refused: 'unsigned', status: 401 }
  if (timestamp > Date.now() / 1000 + aheadSeconds) return { refused: 'future', status: 401 }
  const body = isForm ? formBody(text) : parseJson(text)
  if (!isSound(body)) return { refused: 'malformed', status: 400 }
  const payload = parsePayload(body)
  if (!payload && !isSlacksOwn(body)) return { refused: 'malformed', status: 400 }
  return { body, payload }
}

/** Interactions come as JSON in the parameter `payload`, commands as the form itself. */
function formBody(text: string): unknown {
  const form = parse(text)
  return typeof form.payload === 'string' ? parseJson(form.payload) : form
}

function isSlacksOwn({ type }: Record<string, unknown>): boolean {
  return type === 'url_verification' || type === 'app_rate_limited'
}

async function hand(
  app: App | undefined,
  body: Record<string, unknown>,
  payload: Payload,
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): Promise<void> {
  const isEvent = payload.kind === 'event'
  const timer = setTimeout(() => end(response, 504), patienceMs)
  const answered = (content: unknown) => {
    clearTimeout(timer)
    if (!response.headersSent) reply(response, content)
  }
  const event: ReceiverEvent = {
    body,
    ...retryOf(request),
    customProperties: { payload },
    ack: async (content?: unknown) => (isEvent ? undefined : answered(content)),
  }
  try {
    await app?.processEvent(event)
    if (isEvent) answered(undefined)
    else end(response, 404)
  } catch (error) {
    logger.error({ err: error }, 'a delivery could not be handled')
    end(response, 500)
  } finally {
    clearTimeout(timer)
  }
}

function retryOf(request: IncomingMessage): Pick<ReceiverEvent, 'retryNum' | 'retryReason'> {
  const retryNum = HTTPModuleFunctions.extractRetryNumFromHTTPRequest(request)
  const retryReason = HTTPModuleFunctions.extractRetryReasonFromHTTPRequest(request)
  return {
    ...(retryNum === undefined ? {} : { retryNum }),
    ...(retryReason === undefined ? {} : { retryReason }),
  }
}

function reply(response: ServerResponse, content: unknown): void {
  if (content === undefined || content === '') response.writeHead(200).end()
  else if (typeof content === 'string') response.writeHead(200).end(content)
  else json(response, content)
}

function json(response: ServerResponse, content: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}

function end(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status).end()
}
