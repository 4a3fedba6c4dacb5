import { LogLevel, type Logger as SlackLogger } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'

export interface SlackClients {
  /**
   * For answers that a person waits for. A trigger id expires after three seconds:
   * https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses
   */
  readonly interactive: WebClient
  /** For messages that the runner retries. A client of its own, so that many messages never delay a form. */
  readonly background: WebClient
}

export interface SlackClientOptions {
  readonly botToken: string
  readonly apiUrl?: string
  readonly logger: Logger
  /** How often a call is repeated that got no answer. Only for those who read and never post. Default 0. */
  readonly retries?: number
}

const defaultApiUrl = 'https://slack.com/api/'

/** Web API clients, usually without retries: a post is not idempotent, and the runner retries with backoff. */
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
export function webClientOptions(
  { apiUrl, logger, retries = 0 }: Omit<SlackClientOptions, 'botToken'>,
  timeout: number,
) {
  return {
    slackApiUrl: apiUrl ?? defaultApiUrl,
    logger: slackLogger(logger),
    retryConfig: { retries, minTimeout: 100 },
    rejectRateLimitedCalls: true,
    timeout,
    fetch: fetchOnlySlack(apiUrl ?? defaultApiUrl),
  }
}

/** Refuses every other host, for example in a forged `response_url`. `slack.com` allows `hooks.slack.com` too. */
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
 * Writes Bolt's log lines to our log, without tokens. Drops debug lines: they hold whole payloads, with text that people typed.
 */
export function slackLogger(logger: Logger): SlackLogger {
  const log = logger.child({ from: 'bolt' })
  const line = (parts: unknown[]) =>
    redact(parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' '))
  return {
    debug: () => {},
    info: (...parts) => log.debug(line(parts)),
    warn: (...parts) => log.warn(line(parts)),
    error: (...parts) => log.error(line(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}

/** Removes tokens and response URLs: anybody who has one can post. */
export function redact(text: string): string {
  return text
    .replace(/\bx(?:ox[a-z]|app|wfp)(?:\.|-)[\w.-]+/g, '[token]')
    .replace(/https?:\/\/[^\s"']*\/(?:commands|actions|app-actions|services)\/[^\s"']+/g, '[response url]')
}
