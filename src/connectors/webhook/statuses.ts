import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'
import { refusal } from './answers.ts'
import type { Reply } from './client.ts'
import { readJson } from './read-json.ts'

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

/** The error that a status of the receiver means. `mayQuote`: the reason that the receiver gives is no secret. */
export function statusError(
  resourceId: string,
  { status, headers, body }: Reply,
  { mayQuote }: { mayQuote: boolean },
): ConnectorError {
  const retryAfterSeconds = secondsOf(headers['retry-after'])
  const { code, sentence, retryable } = verdictOf(status, retryAfterSeconds !== null)
  const { data } = refusal.safeParse(readJson(body))
  const said = data && mayQuote ? ` It says: “${data.reason}”` : ''
  const message = `${resourceId}: the receiver answered ${status}. ${sentence}${said}`
  return new ConnectorError(code, message, { retryable, retryAfterSeconds })
}

function verdictOf(status: number, saysWhen: boolean): Verdict {
  if (status === 503 && saysWhen) return busy
  const known = verdicts[status]
  if (known) return known
  if (status >= 500) return { code: 'unexpected', sentence: 'It failed. See its log.', retryable: true }
  if (status >= 400)
    return { code: 'misconfigured', sentence: 'It does not take this call. See its log.', retryable: false }
  if (status >= 300) {
    const sentence = 'That is a redirect, and none is followed. Name the final URL in the catalog.'
    return { code: 'misconfigured', sentence, retryable: false }
  }
  return {
    code: 'unexpected',
    sentence: 'An answer has the status 200, or 202 while it is pending.',
    retryable: true,
  }
}

const busy: Verdict = { code: 'throttled', sentence: 'It wants fewer calls.', retryable: true }
const away: Verdict = { code: 'unreachable', sentence: 'It takes no calls at present.', retryable: true }

const verdicts: Readonly<Record<number, Verdict>> = {
  401: {
    code: 'permission',
    sentence:
      'It refuses the signature. Give both sides the same secret, and see that their clocks are right.',
    retryable: false,
  },
  403: { code: 'permission', sentence: 'It forbids this call. See its log.', retryable: false },
  404: { code: 'misconfigured', sentence: 'Nothing answers at this URL. Correct `url`.', retryable: false },
  408: { code: 'timeout', sentence: 'It gave up waiting for the call.', retryable: true },
  409: { code: 'conflict', sentence: 'The access is in conflict with something there.', retryable: false },
  410: {
    code: 'misconfigured',
    sentence: 'This URL is gone for good. Name the present one.',
    retryable: false,
  },
  422: {
    code: 'misconfigured',
    sentence: 'It cannot give what this entitlement asks for. Correct its `parameters`.',
    retryable: false,
  },
  429: busy,
  502: away,
  503: away,
  504: away,
}

/** `Retry-After` in seconds or as a date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after. Null: there is none. */
export function secondsOf(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string') return null
  if (/^\d{1,6}$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
