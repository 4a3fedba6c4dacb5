import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Any fault of the connection, as a `ConnectorError`. The cause holds no URL and no body: both may hold secrets. */
export function toConnectorError(error: unknown, resourceId: string, seconds: number): ConnectorError {
  if (error instanceof ConnectorError) return error
  const code = codeOf(error)
  const { matches: _, ...fault } = faults.find(({ matches }) => matches.test(code)) ?? unexpected
  const sentence = fault.sentence.replace('SECONDS', String(seconds))
  return new ConnectorError(fault.code, `${resourceId}: ${sentence} (${code})`, {
    retryable: fault.retryable,
    cause: new Error(code),
  })
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

interface Fault {
  readonly matches: RegExp
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

const unexpected: Fault = {
  matches: /^/,
  code: 'unreachable',
  sentence: 'the connection to the receiver failed.',
  retryable: true,
}

/** Codes of undici, of TLS and of the operating system. */
const faults: readonly Fault[] = [
  {
    matches: /TimeoutError|AbortError|ABORTED|TIMEOUT|ETIMEDOUT/,
    code: 'timeout',
    sentence: 'the receiver did not answer within SECONDS seconds.',
    retryable: true,
  },
  {
    matches: /EXCEEDED_MAX_SIZE/,
    code: 'unexpected',
    sentence: 'the answer of the receiver is longer than 1 MiB, so it was not read to its end.',
    retryable: true,
  },
  {
    matches: /HPE_|HTTP_PARSER/,
    code: 'unreachable',
    sentence: 'something that is no HTTP came as the answer. See whether the URL leads to the receiver.',
    retryable: true,
  },
  {
    matches: /CERT|UNABLE_TO_|SELF_SIGNED|ALTNAME/,
    code: 'misconfigured',
    sentence:
      'the TLS certificate of the receiver is not trusted, or is for another host. Name its CA in `caFile`, or correct the URL.',
    retryable: false,
  },
  {
    matches: /ENOTFOUND|EAI_/,
    code: 'unreachable',
    sentence: 'the host of the receiver has no address.',
    retryable: true,
  },
  {
    matches: /ECONN|EPIPE|EHOST|ENET|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED/,
    code: 'unreachable',
    sentence: 'the receiver cannot be reached.',
    retryable: true,
  },
]
