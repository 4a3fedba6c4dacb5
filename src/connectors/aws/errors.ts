import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** The name of an error of AWS, such as `ThrottlingException`; empty where it has none. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name.replace(/^.*#/, '') : ''
}

/** Whether AWS answered that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return /^(ResourceNotFoundException|NoSuchEntity(Exception)?)$/.test(nameOf(error))
}

/** Whether something else is being done to the same thing, or it exists already. */
export function isConflict(error: unknown): boolean {
  return /^(Conflict(Exception)?|ConcurrentModification(Exception)?|EntityAlreadyExists(Exception)?|DeleteConflict(Exception)?)$/.test(
    nameOf(error),
  )
}

export function isAccessDenied(error: unknown): boolean {
  return /^(AccessDenied(Exception)?|UnauthorizedOperation)$/.test(nameOf(error))
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export function isThrottled(error: unknown): boolean {
  return (
    /^(Throttl\w*|TooManyRequests(Exception)?|RequestLimitExceeded|RequestThrottled(Exception)?|SlowDown)$/.test(
      nameOf(error),
    ) || statusOf(error) === 429
  )
}

/** Whether the call never left this machine: it has no credentials, or no connection was made. */
export function isUnsent(error: unknown): boolean {
  return (
    /^(CredentialsProviderError|ProviderError|TokenProviderError)$/.test(nameOf(error)) ||
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(codeOf(error))
  )
}

/** `Retry-After` in seconds; null where AWS did not say. */
export function pauseOf(error: unknown): number | null {
  // https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroupMembership.html#API_CreateGroupMembership_Errors
  const text = headersOf(error).get('retry-after')
  if (text === undefined) return null
  if (/^\d+$/.test(text)) return Number(text)
  const until = Date.parse(text)
  return Number.isNaN(until) ? null : Math.max(1, Math.ceil((until - Date.now()) / 1_000))
}

/** Any fault, as a `ConnectorError` without the text of AWS where that could repeat a secret. `action`: `sso:ListInstances`. */
export function toConnectorError(
  resourceId: string,
  error: unknown,
  action: string | undefined = '',
): ConnectorError {
  if (error instanceof ConnectorError) return error
  const known = nameOf(error)
  const name = /^\w{3,60}$/.test(known) ? known : ''
  const status = statusOf(error)
  const { code, sentence, retryable, tells } = verdictOf(error, name, status)
  const does = action === '' ? '' : ` at ${action}`
  const said = name === '' || name === 'Error' ? '' : ` AWS says ${name}${does}.`
  const detail = tells ? ` ${plainText(error instanceof Error ? error.message : '')}` : ''
  return new ConnectorError(code, `${resourceId}: ${sentence}${said}${detail}`.trim(), {
    retryable,
    retryAfterSeconds: isThrottled(error) ? pauseOf(error) : null,
    // The SDK's own error carries the request.
    cause: new Error(`${name || 'no name'} ${codeOf(error)} ${status ?? ''}`.trim()),
  })
}

/** A text of AWS for people: one line, and no longer than a sentence or two. */
export function plainText(text: string): string {
  return text
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, 240)
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
  /** The message of AWS explains what is wrong, and repeats nothing but our own input. */
  readonly tells?: true
}

function verdictOf(error: unknown, name: string, status: number | null): Verdict {
  if (isThrottled(error)) return { code: 'throttled', sentence: 'AWS asks for fewer calls.', retryable: true }
  const verdict = verdicts.find(({ matches }) => matches.test(name) || matches.test(codeOf(error)))
  if (verdict) return verdict
  if (status !== null && status >= 500)
    return { code: 'unreachable', sentence: 'AWS has a fault at present.', retryable: true }
  return {
    code: 'unreachable',
    sentence: 'AWS cannot be reached, or its answer is not understood.',
    retryable: true,
  }
}

const verdicts: readonly (Verdict & { readonly matches: RegExp })[] = [
  {
    matches: /^(AccessDenied(Exception)?|UnauthorizedOperation)$/,
    code: 'permission',
    sentence:
      'AWS does not let Daypass do this. Give it the rights that docs/connectors/aws.md names; `daypass doctor` says which is missing.',
    retryable: false,
  },
  {
    matches: /^(ExpiredToken(Exception)?|TokenRefreshRequired|CredentialsProviderError|ProviderError)$/,
    code: 'permission',
    sentence:
      'Daypass has no valid credentials of AWS. Give it a role, a profile or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    // A metadata service may be absent for a moment, and a token may be renewed.
    retryable: true,
  },
  {
    matches:
      /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignature\w*|InvalidAccessKeyId|IncompleteSignature|MissingAuthenticationToken\w*|OptInRequired)$/,
    code: 'permission',
    sentence: 'AWS does not take the credentials of Daypass. Correct them.',
    retryable: false,
  },
  {
    matches: /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture)$/,
    code: 'misconfigured',
    sentence: 'the clock of this machine is wrong by minutes. Correct it.',
    retryable: true,
  },
  {
    matches: /^(AbortError|TimeoutError|RequestTimeout\w*|ETIMEDOUT)$/,
    code: 'timeout',
    sentence: 'AWS did not answer in time.',
    retryable: true,
  },
  {
    matches: /^(ServiceQuotaExceeded(Exception)?|LimitExceeded(Exception)?)$/,
    code: 'conflict',
    sentence: 'a quota of AWS is used up. Have it raised, or remove what is not needed.',
    retryable: true,
    tells: true,
  },
  {
    matches: /^(Conflict(Exception)?|ConcurrentModification\w*|DeleteConflict\w*|EntityAlreadyExists\w*)$/,
    code: 'conflict',
    sentence: 'something else is being done to the same thing at AWS.',
    retryable: true,
  },
  {
    matches: /^(ResourceNotFoundException|NoSuchEntity(Exception)?)$/,
    code: 'misconfigured',
    sentence: 'AWS does not have this. Correct ARNs, ids and region in the catalog.',
    retryable: false,
    tells: true,
  },
  {
    matches:
      /^(Validation(Error|Exception)|InvalidInput(Exception)?|MalformedPolicyDocument\w*|PackedPolicyTooLarge\w*|PolicyNotAttachable\w*|InvalidParameter\w*|RegionDisabled\w*|InvalidDocument\w*|InvalidInstanceId|UnsupportedPlatformType|InvalidRequestContent\w*|RequestTooLarge\w*)$/,
    code: 'misconfigured',
    sentence: 'AWS refuses what the catalog says.',
    retryable: false,
    tells: true,
  },
  {
    matches: /CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED/,
    code: 'misconfigured',
    sentence: 'the certificate of AWS is not trusted here. Name its CA in NODE_EXTRA_CA_CERTS.',
    retryable: false,
  },
]

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** The status of an answer; null where there was none. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('$metadata' in error)) return null
  const { $metadata: metadata } = error
  return typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : null
}

function headersOf(error: unknown): Map<string, string> {
  const response = error instanceof Error && '$response' in error ? error.$response : null
  const headers =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : null
  if (typeof headers !== 'object' || headers === null) return new Map()
  return new Map(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), String(value)]))
}
