import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Any fault at the target, as a `ConnectorError` whose message holds no statements, parameters or URLs. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const { code, message, detail } = fieldsOf(error)
  const verdict = verdictOf(code, message)
  const said = isSqlState(code) ? ` Postgres says: ${message}${detail ? ` (${detail})` : ''} [${code}].` : ''
  return new ConnectorError(verdict.code, `${resourceId}: ${verdict.sentence}${said}`, {
    retryable: verdict.retryable,
    // The driver's own error carries the statement, which may hold a password verifier.
    cause: new Error(code ? `${code}: ${message}` : message),
  })
}

/** Whether doing the same transaction again may succeed at once: another one got in its way. */
export function isCollision(error: unknown): boolean {
  const { code, message } = fieldsOf(error)
  if (['40001', '40P01', '42710', '23505'].includes(code)) return true
  return /concurrently (updated|deleted|dropped)|cache lookup failed for role/u.test(message)
}

/** Whether Postgres itself refused, so that the connection is still good. */
export function isSqlError(error: unknown): boolean {
  const { code } = fieldsOf(error)
  return isSqlState(code) && !/^(08|57P|58)/u.test(code)
}

export function sqlStateOf(error: unknown): string {
  return fieldsOf(error).code
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

function verdictOf(code: string, message: string): Verdict {
  const known = verdicts.find(({ matches }) => matches.test(code))
  if (known) return known
  if (isCollision({ code, message })) return busy
  if (/timeout exceeded|query read timeout|timeout expired/iu.test(message)) return slow
  if (/connection terminated|connection ended|not queryable|server does not support ssl/iu.test(message))
    return unreachable
  return {
    code: 'unexpected',
    sentence: `something unforeseen: ${isSqlState(code) ? '' : message}`,
    retryable: false,
  }
}

const unreachable: Verdict = {
  code: 'unreachable',
  sentence: 'the database does not answer. Check that it runs, and host and port in the catalog.',
  retryable: true,
}
const slow: Verdict = {
  code: 'timeout',
  sentence:
    'the database took too long. It may be overloaded, or somebody holds a lock on what is being changed.',
  retryable: true,
}
const busy: Verdict = {
  code: 'conflict',
  sentence: 'somebody changed the same roles at the same moment.',
  retryable: true,
}

const verdicts: readonly (Verdict & { readonly matches: RegExp })[] = [
  { ...unreachable, matches: /^(E(CONN|HOST|NET|AI_|PIPE|TIMEDOUT|NOTFOUND)\w*|08\w{3}|57P0[1-3]|53300)$/u },
  { ...slow, matches: /^(57014|55P03|25P03|53\w{3})$/u },
  { ...busy, matches: /^(40\w{3})$/u },
  {
    matches: /^28\w{3}$/u,
    code: 'permission',
    sentence: 'the database refuses the admin user. Check user and password in the catalog, and pg_hba.conf.',
    retryable: false,
  },
  {
    matches: /^42501$/u,
    code: 'permission',
    sentence: 'the admin user may not do this. `daypass doctor` says which statement gives it the right.',
    retryable: false,
  },
  {
    matches: /^(3D000|3F000|42P01|42703|42704|42883|42601|42602|42P02)$/u,
    code: 'misconfigured',
    sentence: 'the catalog names something that is not there. Correct the catalog, or create it.',
    retryable: false,
  },
  {
    matches: /^2BP01$/u,
    code: 'still_present',
    sentence: 'the role cannot be dropped while others hold something of it. Remove what is named here.',
    retryable: false,
  },
  {
    matches: /^25006$/u,
    code: 'misconfigured',
    sentence: 'this is a read-only copy. Put the address of the primary in the catalog.',
    retryable: false,
  },
  {
    matches: /^(\w*CERT\w*|UNABLE_TO_\w+|ERR_TLS_\w+)$/u,
    code: 'misconfigured',
    sentence:
      'its TLS certificate is not trusted. Name its CA in NODE_EXTRA_CA_CERTS, or correct the host name in the catalog.',
    retryable: false,
  },
]

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/u.test(code) && code !== 'EPIPE'
}

function fieldsOf(error: unknown): { code: string; message: string; detail: string } {
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error), detail: '' }
  const first = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : null
  if (first) return fieldsOf(first)
  return {
    code: 'code' in error ? text(error.code) : '',
    message: 'message' in error ? text(error.message) : '',
    detail: 'detail' in error ? text(error.detail) : '',
  }
}
