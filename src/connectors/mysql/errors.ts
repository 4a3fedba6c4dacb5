import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Any fault at the target, as a `ConnectorError` that holds no statement and no URL. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const code = codeOf(error)
  const verdict = verdicts.find(({ matches }) => matches.test(code)) ?? unexpected
  const said = isServerError(error) ? ` The server says ${code}: ${messageOf(error)}.` : ''
  return new ConnectorError(verdict.code, `${resourceId}: ${verdict.sentence}${said}`, {
    retryable: verdict.retryable,
    // The driver's own error carries the statement, which may hold a hash of a password.
    cause: new Error(code || 'no code'),
  })
}

/** `ER_DUP_ENTRY` and the like of the server, `ECONNREFUSED` and the like of the network; '' where there is none. */
export function codeOf(error: unknown): string {
  const { code, errno, sqlState } = fieldsOf(error)
  // The driver knows the names of MySQL. MariaDB has numbers of its own.
  if (sqlState !== undefined && !/^ER_/.test(String(code))) return `ER_${String(errno)}`
  return typeof code === 'string' ? code : ''
}

/** Whether the server itself refused a statement, so that the connection is still good. */
export function isServerError(error: unknown): boolean {
  if (error instanceof ConnectorError) return error.code !== 'timeout'
  const { sqlState, fatal } = fieldsOf(error)
  return sqlState !== undefined && fatal !== true && !/CON_COUNT|SERVER_SHUTDOWN|KILLED/.test(codeOf(error))
}

function fieldsOf(error: unknown): { code?: unknown; errno?: unknown; sqlState?: unknown; fatal?: unknown } {
  return typeof error === 'object' && error !== null ? error : {}
}

/** Messages of the server name objects, not data; statements that hold secrets never fail by their text. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : ''
  return text
    .replace(/'\*[0-9A-F]{40}'/g, "'…'")
    .slice(0, 300)
    .replace(/\.$/, '')
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

const unexpected: Verdict = {
  code: 'unreachable',
  sentence:
    'the server answered something that is not understood. See whether it is MariaDB or MySQL, and its log.',
  retryable: true,
}

const verdicts: readonly (Verdict & { readonly matches: RegExp })[] = [
  {
    matches:
      /^ER_(ACCESS_DENIED_(NO_PASSWORD_)?ERROR|HOST_NOT_PRIVILEGED|ACCOUNT_HAS_BEEN_LOCKED|MUST_CHANGE_PASSWORD\w*)$/,
    code: 'permission',
    sentence: 'the server refuses the admin user. Check user, password and host of the account.',
    retryable: false,
  },
  {
    matches:
      /^ER_(\w*ACCESS_?DENIED\w*|1961|NONEXISTING_GRANT|\w*GRANT_NOT_ALLOWED\w*|CANT_CREATE_USER_WITH_GRANT)$/,
    code: 'permission',
    sentence: 'the admin user may not do this. `daypass doctor` says which statement gives it the right.',
    retryable: false,
  },
  {
    matches:
      /^ER_(BAD_DB_ERROR|NO_SUCH_TABLE|BAD_FIELD_ERROR|SP_DOES_NOT_EXIST|1959|ILLEGAL_GRANT_FOR_TABLE|UNKNOWN_AUTHID)$/,
    code: 'misconfigured',
    sentence: 'the catalog names something that is not there. Correct the catalog, or create it.',
    retryable: false,
  },
  {
    matches: /^ER_(OPTION_PREVENTS_STATEMENT|READ_ONLY_MODE)$/,
    code: 'misconfigured',
    sentence:
      'this is a read-only copy, or runs without its privilege tables. Put the address of the primary in the catalog.',
    retryable: false,
  },
  {
    matches: /^ER_(LOCK_WAIT_TIMEOUT|STATEMENT_TIMEOUT|QUERY_TIMEOUT|QUERY_INTERRUPTED)$|TIMEDOUT|TIMEOUT/,
    code: 'timeout',
    sentence:
      'the server took too long. It may be overloaded, or somebody holds a lock on what is being changed.',
    retryable: true,
  },
  {
    matches:
      /^ER_(LOCK_DEADLOCK|EVENT_ALREADY_EXISTS|CANNOT_USER|CANT_LOCK|TOO_MANY_CONCURRENT_TRXS|CANNOT_REVOKE_ROLE)$/,
    code: 'conflict',
    sentence: 'somebody changed the same accounts at the same moment.',
    retryable: true,
  },
  {
    matches: /CERT|UNABLE_TO_|ERR_TLS_|HANDSHAKE_(SSL|NO_SSL)/,
    code: 'misconfigured',
    sentence:
      'its TLS certificate is not trusted, or it speaks no TLS. Name its CA in NODE_EXTRA_CA_CERTS, or correct sslmode.',
    retryable: false,
  },
  {
    matches:
      /^(E(CONN|HOST|NET|PIPE|AI_|NOTFOUND)\w*|PROTOCOL_\w+|ER_(CON_COUNT|SERVER_SHUTDOWN|CONNECTION_KILLED|TOO_MANY_USER)\w*)$/,
    code: 'unreachable',
    sentence: 'the server cannot be reached, or has no free connection.',
    retryable: true,
  },
]
