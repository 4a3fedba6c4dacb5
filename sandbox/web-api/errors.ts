import type { Json } from '../json.ts'

/** An error of the Web API, with its code. */
export class SlackError extends Error {
  readonly code: string
  readonly extra: Json

  constructor(code: string, extra: Json = {}) {
    super(code)
    this.code = code
    this.extra = extra
  }
}

/** `invalid_arguments` with Slack's bracketed messages. */
export function invalidArguments(...messages: string[]): SlackError {
  return new SlackError('invalid_arguments', {
    response_metadata: { messages: messages.map((m) => `[ERROR] ${m}`) },
  })
}

/** Codes that Slack documents for every method; api-ref lists only a method's own. */
export const COMMON_ERRORS: ReadonlySet<string> = new Set([
  'access_denied',
  'account_inactive',
  'fatal_error',
  'internal_error',
  'invalid_arguments',
  'invalid_auth',
  'invalid_form_data',
  'invalid_json',
  'invalid_post_type',
  'json_not_object',
  'missing_scope',
  'not_allowed_token_type',
  'not_authed',
  'ratelimited',
  'token_revoked',
  'unknown_method',
])
