import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Any fault at the target, as a `ConnectorError` that holds no command, because commands hold passwords. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // The first word of an answer is its kind: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
  const kind = /^-?([A-Z]{2,})\b/.exec(text)?.[1] ?? ''
  const verdict = verdicts.find(({ matches }) => matches.test(`${code} ${text}`)) ?? unexpected
  const said = kind === '' ? '' : ` Redis says ${kind}.`
  return new ConnectorError(verdict.code, `${resourceId}: ${verdict.sentence}${said}`, {
    retryable: verdict.retryable,
    // The driver's own error carries the command with its arguments.
    cause: new Error(`${code || kind || 'no code'}`),
  })
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

const unexpected: Verdict = {
  code: 'unreachable',
  sentence: 'the server answered something that is not understood. See whether it is a Redis, and its log.',
  retryable: true,
}

const verdicts: readonly (Verdict & { readonly matches: RegExp })[] = [
  {
    matches: /\b(WRONGPASS|NOAUTH)\b/,
    code: 'permission',
    sentence: 'the server refuses user or password. Correct them in the catalog.',
    retryable: false,
  },
  {
    matches: /\bNOPERM\b/,
    code: 'permission',
    sentence: 'the admin user may not do this. `daypass doctor` says which command gives it the right.',
    retryable: false,
  },
  {
    matches: /\bBUSY\b|UNKILLABLE/,
    code: 'timeout',
    sentence:
      'a script keeps the server busy, so it does nothing else. End it: SCRIPT KILL, or restart the server.',
    retryable: true,
  },
  {
    matches: /\b(LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)\b|max number of clients/,
    code: 'unreachable',
    sentence: 'the server takes no commands at present. It may be starting, or have no free connection.',
    retryable: true,
  },
  {
    matches: /timed? ?out|ETIMEDOUT/i,
    code: 'timeout',
    sentence: 'the server did not answer in time.',
    retryable: true,
  },
  {
    matches: /CERT|UNABLE_TO_|ERR_TLS_/,
    code: 'misconfigured',
    sentence:
      'its TLS certificate is not trusted. Name its CA in NODE_EXTRA_CA_CERTS, or correct the host name.',
    retryable: false,
  },
  {
    matches: /\bE(CONN|HOST|NET|PIPE|AI_|NOTFOUND)\w*|Connection is closed|writeable/,
    code: 'unreachable',
    sentence: 'the server cannot be reached.',
    retryable: true,
  },
]
