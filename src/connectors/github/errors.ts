import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

type Headers = Readonly<Record<string, string | number | undefined>>

/** The client's error: https://github.com/octokit/request-error.js */
interface RequestError extends Error {
  readonly status: number
  /** Undefined: there was no answer. */
  readonly response?: { readonly headers: Headers; readonly data: unknown }
}

/** The status of an answer that says no; null where the error is none. */
export function statusOf(error: unknown): number | null {
  return isRequestError(error) && error.response !== undefined ? error.status : null
}

/** Any fault of a call to GitHub, as a `ConnectorError`. The client's own errors hold requests, so they are not passed on. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  if (!isRequestError(error) || error.response === undefined) return noAnswer(resourceId, error)
  const { status, response } = error
  const said = textOf(response.data)
  const pause = pauseOf(status, response.headers, said)
  if (pause !== null) {
    const message = `${resourceId}: GitHub asks for fewer calls, and for a pause of ${pause} seconds.`
    return new ConnectorError('throttled', message, { retryable: true, retryAfterSeconds: pause })
  }
  const { code, sentence, retryable } = verdictOf(status, response.headers, said)
  const message = `${resourceId}: ${sentence} GitHub answered ${status}${said && `: ${said}`}`
  return new ConnectorError(code, `${message.replace(/\.$/, '')}.`, { retryable })
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && 'status' in error
}

/** Before there was an answer. Node's own error says why, and holds no secret. */
function noAnswer(resourceId: string, error: unknown): ConnectorError {
  const codes = causesOf(error).map((cause) => ('code' in cause ? String(cause.code) : ''))
  const code = codes.find((one) => /^[A-Z0-9_]+$/.test(one)) ?? 'no code'
  const isTls = /CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_/.test(code)
  const cause = new Error(code)
  const message = isTls
    ? `${resourceId}: the certificate of the server is not trusted. Name its CA in NODE_EXTRA_CA_CERTS, or correct the address.`
    : `${resourceId}: GitHub cannot be reached, or its answer cannot be read.`
  return new ConnectorError(isTls ? 'misconfigured' : 'unreachable', message, { retryable: !isTls, cause })
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

function verdictOf(status: number, headers: Headers, said: string): Verdict {
  const lasting = (code: ConnectorErrorCode, sentence: string): Verdict => ({
    code,
    sentence,
    retryable: false,
  })
  if (status === 408 || status >= 500)
    return { code: 'unreachable', sentence: 'GitHub has a fault at present.', retryable: true }
  if (status === 409)
    return { code: 'conflict', sentence: 'this has changed at GitHub meanwhile.', retryable: true }
  if (status === 401)
    return lasting(
      'permission',
      'GitHub does not take the app. Correct `appId` and the private key; see that the clock is right.',
    )
  if (/suspended/i.test(said))
    return lasting(
      'permission',
      'the installation of the app is suspended. Let an owner of the organisation unsuspend it.',
    )
  if (/IP allow list/i.test(said))
    return lasting(
      'permission',
      'the organisation lets only some addresses in. Add the one of Daypass to its IP allow list.',
    )
  if (/archived/i.test(said))
    return lasting('conflict', 'the repository is archived. Unarchive it, so that access can be changed.')
  if (/synchroni[sz]|identity provider|externally managed/i.test(said))
    return lasting(
      'misconfigured',
      'the identity provider fills this team. Offer another team, or a group of the identity provider.',
    )
  if (status === 403) return lasting('permission', forbidden(headers))
  if (status === 404)
    return lasting(
      'misconfigured',
      'GitHub does not have this, or does not show it to the app. `daypass doctor` says what is missing.',
    )
  if (status === 422) return lasting('conflict', 'GitHub refuses this change.')
  if (status >= 300 && status < 400)
    return lasting(
      'misconfigured',
      'GitHub sends to another address: something was renamed. Correct the catalog.',
    )
  return lasting('misconfigured', 'GitHub refuses the call.')
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible */
function forbidden(headers: Headers): string {
  const needed = headers['x-accepted-github-permissions']
  const which = typeof needed === 'string' && /^[\w=,; ]+$/.test(needed) ? ` It needs ${needed}.` : ''
  return `the app may not do this.${which} \`daypass doctor\` names missing permissions.`
}

/**
 * Seconds that GitHub asks to wait; null where it does not.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function pauseOf(status: number, headers: Headers, said: string): number | null {
  if (status !== 403 && status !== 429) return null
  const after = Number(headers['retry-after'] ?? Number.NaN)
  if (after >= 0) return Math.max(1, Math.ceil(after))
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const seconds = Number(headers['x-ratelimit-reset'] ?? Number.NaN) - Date.now() / 1_000
    return Number.isNaN(seconds) ? 60 : Math.max(1, Math.ceil(seconds))
  }
  return status === 429 || /secondary rate limit|abuse detection/i.test(said) ? 60 : null
}

/** What GitHub says, of harmless signs only, and not much of it. */
function textOf(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('message' in data)) return ''
  return String(data.message)
    .replace(/[^\w .,:;'"()/#-]+/g, ' ')
    .trim()
    .slice(0, 200)
}
