import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'

/** A failed call to Slack, with the next step. */
export interface ExplainedSlackError {
  /** Slack's error code, or a code of Daypass when Slack gave none. */
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterSeconds: number | null
  /** The cause and the next step. */
  readonly message: string
}

/** Errors of Slack itself, which end without a change on our side: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const temporaryCodes = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'external_channel_migrating',
])

/** Errors of the whole app. Messages can be posted after somebody installs the app again, so they are retried. */
const appCredentialCodes = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
])

const remedies: Readonly<Record<string, string>> = {
  not_in_channel: 'Daypass is not in the channel. Invite it there: `/invite @Daypass`.',
  channel_not_found:
    'Slack knows no such channel, or the channel is private and Daypass is not in it. Check the id in the catalog, and invite Daypass.',
  is_archived: 'The channel is archived. Name another one in the catalog, or unarchive it.',
  is_inactive: 'The channel is archived. Name another one in the catalog, or unarchive it.',
  missing_scope: 'The app lacks a scope. Install it again from the current manifest.',
  restricted_action:
    'A workspace setting keeps Daypass from posting in this channel. Ask a workspace admin to allow it.',
  messages_tab_disabled:
    'Direct messages to the app are disabled. Enable the Messages tab, as the manifest does.',
  invalid_auth: 'The bot token is not valid. Set SLACK_BOT_TOKEN to the token of the installed app.',
  token_revoked: 'The bot token was revoked. Install the app again and set SLACK_BOT_TOKEN.',
  token_expired: 'The bot token has expired. Install the app again and set SLACK_BOT_TOKEN.',
  account_inactive: 'The app was removed from the workspace. Install it again and set SLACK_BOT_TOKEN.',
  invalid_blocks: 'Slack refused the layout of the message. This is a bug in Daypass; please report it.',
  msg_too_long: 'The message was too long for Slack. This is a bug in Daypass; please report it.',
  user_not_found: 'Slack knows no such person any more.',
  user_disabled: 'This person has been deactivated in Slack.',
}

/** Explains any error of a `WebClient`. */
export function explainSlackError(error: unknown): ExplainedSlackError {
  if (error instanceof WebAPIRateLimitedError) {
    const message = `Slack asked for a pause of ${error.retryAfter} s.`
    return { code: 'ratelimited', retryable: true, retryAfterSeconds: error.retryAfter, message }
  }
  if (error instanceof WebAPIPlatformError) return explainPlatformError(error.data.error)
  if (error instanceof WebAPIHTTPError) {
    const retryable = error.statusCode >= 500 || error.statusCode === 408 || error.statusCode === 429
    return {
      code: `http_${error.statusCode}`,
      retryable,
      retryAfterSeconds: null,
      message: `Slack answered with HTTP ${error.statusCode}.`,
    }
  }
  if (error instanceof WebAPIRequestError) {
    return {
      code: 'unreachable',
      retryable: true,
      retryAfterSeconds: null,
      message: 'Slack could not be reached, or did not answer in time.',
    }
  }
  return { code: 'unexpected', retryable: true, retryAfterSeconds: null, message: String(error) }
}

function explainPlatformError(code: string): ExplainedSlackError {
  const message = remedies[code] ?? `Slack answered ${code}.`
  return {
    code,
    retryable: temporaryCodes.has(code) || appCredentialCodes.has(code),
    retryAfterSeconds: null,
    message,
  }
}
