import type { Headers } from 'undici'
import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'
import type { Fetch } from '../_shared/own-connections.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The JSON of the body; null where it has none, or something else. */
  readonly body: unknown
  /** The clock of the server, where it says it. */
  readonly at: Date
}

/** One call. Every answer is returned, whatever its status. */
export async function send(fetch: Fetch, { method, url, headers, body }: Call): Promise<Answer> {
  const response = await fetch(url, { method, headers: { ...headers }, body: body ?? null })
  const text = await response.text()
  const clock = new Date(response.headers.get('date') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: parsed(text),
    at: Number.isNaN(clock.getTime()) ? new Date() : clock,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** An answer that says no, as a `ConnectorError` without the body, which is not ours. `who`: "the SCIM server", "Okta". */
export function refusal(
  resourceId: string,
  who: string,
  { status, headers, body }: Pick<Answer, 'status' | 'headers' | 'body'>,
): ConnectorError {
  const { code, sentence, retryable } = verdictOf(status)
  const message = `${resourceId}: ${who} ${sentence} It answered ${status}${kindOf(body)}.`
  return new ConnectorError(code, message, { retryable, retryAfterSeconds: pauseOf(headers) })
}

/** What went wrong before there was an answer. */
export function noAnswer(resourceId: string, error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const isTls = /CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_/.test(code)
  const message = isTls
    ? `${resourceId}: the certificate of the server is not trusted. Name its CA in NODE_EXTRA_CA_CERTS, or correct the address.`
    : `${resourceId}: the server cannot be reached, or does not speak HTTP.`
  return new ConnectorError(isTls ? 'misconfigured' : 'unreachable', message, {
    retryable: !isTls,
    cause: new Error(code || 'no code'),
  })
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

function verdictOf(status: number): Verdict {
  if (status === 429) return { code: 'throttled', sentence: 'asks for fewer calls.', retryable: true }
  if (status === 405 || status === 501)
    return {
      code: 'misconfigured',
      sentence: 'does not offer this call. If it takes no PATCH, write `patch: false`.',
      retryable: false,
    }
  if (status === 408 || status >= 500)
    return { code: 'unreachable', sentence: 'has a fault at present.', retryable: true }
  if (status >= 200 && status < 300)
    return { code: 'unreachable', sentence: 'answered something that is not understood.', retryable: true }
  if (status < 400)
    return { code: 'misconfigured', sentence: 'sends to another address. Correct it.', retryable: false }
  if (status === 401)
    return { code: 'permission', sentence: 'does not take the token. Correct it.', retryable: false }
  if (status === 403)
    return {
      code: 'permission',
      sentence: 'does not let the token do this. `daypass doctor` says which right it lacks.',
      retryable: false,
    }
  if (status === 404)
    return {
      code: 'misconfigured',
      sentence: 'does not have this. Correct ids and address in the catalog.',
      retryable: false,
    }
  if (status === 409 || status === 412)
    return { code: 'conflict', sentence: 'has changed meanwhile.', retryable: true }
  return { code: 'misconfigured', sentence: 'refuses the call.', retryable: false }
}

/** The kind of error that SCIM (RFC 7644, 3.12), Okta or Microsoft give: a word, never free text. */
function kindOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const fields = new Map<string, unknown>(Object.entries(body))
  const kind = fields.get('scimType') ?? fields.get('errorCode') ?? fields.get('error')
  return typeof kind === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(kind) ? ` (${kind})` : ''
}

/** `Retry-After` in seconds or as an instant; Okta says when the limit ends: https://developer.okta.com/docs/reference/rl-best-practices/ */
function pauseOf(headers: Headers): number | null {
  const after = headers.get('retry-after')
  if (after !== null && /^\d+$/.test(after)) return Number(after)
  const reset = headers.get('x-rate-limit-reset')
  const until = after !== null ? Date.parse(after) : Number(reset ?? Number.NaN) * 1_000
  return Number.isNaN(until) ? null : Math.max(1, Math.ceil((until - Date.now()) / 1_000))
}
