import { LogLevel, type Logger as SlackLogger } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'

export interface SlackClients {
  /** For what a person waits for: a trigger lives three seconds, so an answer that takes longer is no use. */
  readonly interactive: WebClient
  /** For posts that a queue tries again. Apart, so that a burst of posts never stands before a form. */
  readonly background: WebClient
}

export interface SlackClientOptions {
  readonly botToken: string
  readonly apiUrl?: string
  readonly logger: Logger
}

const defaultApiUrl = 'https://slack.com/api/'

/** Web API clients that never retry by themselves: a post is not idempotent, and the queue knows when to try again. */
export function createSlackClients(options: SlackClientOptions): SlackClients {
  const { botToken } = options
  return {
    interactive: new WebClient(botToken, webClientOptions(options, 2_500)),
    background: new WebClient(botToken, webClientOptions(options, 6_000)),
  }
}

/**
 * Without `headers`: Bolt shares that object between clients and writes one workspace's token into it.
 * `retryConfig` is set because Socket Mode writes a hundred retries into options that have none.
 */
export function webClientOptions({ apiUrl, logger }: Omit<SlackClientOptions, 'botToken'>, timeout: number) {
  return {
    slackApiUrl: apiUrl ?? defaultApiUrl,
    logger: slackLogger(logger),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    fetch: fetchOnlySlack(apiUrl ?? defaultApiUrl),
  }
}

/** Refuses any other host, such as that of a forged `response_url`: `slack.com` allows `hooks.slack.com` too. */
export function fetchOnlySlack(apiUrl: string): typeof fetch {
  const slack = new URL(apiUrl)
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const isSlack = url.host === slack.host || url.hostname.endsWith(`.${slack.hostname}`)
    if (!isSlack || url.protocol !== slack.protocol)
      throw new TypeError(`${url.host} is not Slack (${slack.host})`)
    return fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(5_000) })
  }
}

/**
 * Bolt's words in our log, without tokens. Never at debug: there Bolt writes whole payloads, with what people typed.
 */
export function slackLogger(logger: Logger): SlackLogger {
  const log = logger.child({ from: 'bolt' })
  const words = (parts: unknown[]) =>
    redact(parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' '))
  return {
    debug: () => {},
    info: (...parts) => log.debug(words(parts)),
    warn: (...parts) => log.warn(words(parts)),
    error: (...parts) => log.error(words(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}

/** Tokens and addresses that let anybody answer in a channel. */
export function redact(text: string): string {
  return text
    .replace(/\bx(?:ox[a-z]|app|wfp)(?:\.|-)[\w.-]+/g, '[token]')
    .replace(/https?:\/\/[^\s"']*\/(?:commands|actions|services)\/[^\s"']+/g, '[response url]')
}
