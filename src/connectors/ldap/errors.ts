import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** Result codes that Daypass decides by: https://www.rfc-editor.org/rfc/rfc4511#appendix-A.1 */
export const codes = {
  sizeLimitExceeded: 4,
  adminLimitExceeded: 11,
  noSuchAttribute: 16,
  attributeOrValueExists: 20,
  noSuchObject: 32,
  insufficientAccess: 50,
  unwillingToPerform: 53,
  objectClassViolation: 65,
  notAllowedOnNonLeaf: 66,
  entryAlreadyExists: 68,
} as const

/** The result code of an answer of the directory; null where the error is no answer of it. */
export function resultCodeOf(error: unknown): number | null {
  const isAnswer = error instanceof Error && 'code' in error && typeof error.code === 'number'
  return isAnswer ? Number(error.code) : null
}

export function hasCode(error: unknown, ...expected: readonly number[]): boolean {
  const code = resultCodeOf(error)
  return code !== null && expected.includes(code)
}

/** Any fault at the directory as a `ConnectorError`. The text of the directory stays out: it may repeat what was sent. */
export function toConnectorError(error: unknown, resourceId: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const code = resultCodeOf(error)
  const verdict = (code === null ? ofConnection(error) : ofAnswer(code, textOf(error))) ?? unexpected
  const said = code === null ? '' : ` The directory says ${code}${nameOf(error)}.`
  return new ConnectorError(verdict.code, `${resourceId}: ${verdict.sentence}${said}`, {
    retryable: verdict.retryable,
    cause: new Error(code === null ? errorCodeOf(error) || 'no code' : `result code ${code}`),
  })
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

const unexpected: Verdict = {
  code: 'unreachable',
  sentence:
    'the server answered something that is not understood. See whether it is a directory, and its log.',
  retryable: true,
}

function ofAnswer(code: number, text: string): Verdict {
  switch (code) {
    case 49:
      return { code: 'permission', sentence: bindRefused(text), retryable: false }
    case codes.insufficientAccess:
      return {
        code: 'permission',
        sentence: 'the account of Daypass may not do this. `daypass doctor` names the right that is missing.',
        retryable: false,
      }
    case 8:
    case 13:
      return {
        code: 'misconfigured',
        sentence: 'the directory wants an encrypted connection. Write ldaps://, or `startTls: true`.',
        retryable: false,
      }
    case 3:
      return { code: 'timeout', sentence: 'the directory did not answer in time.', retryable: true }
    case 1:
    case 51:
    case 52:
      return { code: 'unreachable', sentence: 'the directory takes no requests at present.', retryable: true }
    case codes.sizeLimitExceeded:
    case codes.adminLimitExceeded:
      return {
        code: 'misconfigured',
        sentence: 'a limit of the directory cuts its answer off. Give the account of Daypass a higher one.',
        retryable: false,
      }
    case 10:
      return {
        code: 'misconfigured',
        sentence: 'this server takes no changes. Name in `url` the one that does.',
        retryable: false,
      }
    case 21:
    case 34:
      return {
        code: 'misconfigured',
        sentence: 'the directory does not take a DN or a value of the catalog. Correct it.',
        retryable: false,
      }
    case codes.noSuchObject:
      return {
        code: 'conflict',
        sentence:
          'an entry is not there, or the account of Daypass may not see it. Somebody may have removed it just now; otherwise `daypass doctor` says which.',
        retryable: true,
      }
    case codes.noSuchAttribute:
    case codes.attributeOrValueExists:
    case codes.entryAlreadyExists:
      return {
        code: 'conflict',
        sentence: 'somebody changed the same entry at the same time.',
        retryable: true,
      }
    default:
      return {
        code: 'unexpected',
        sentence: 'the directory refuses the change. Its log has the reason.',
        retryable: false,
      }
  }
}

/** Active Directory says more in its text: https://ldapwiki.com/wiki/Common%20Active%20Directory%20Bind%20Errors */
function bindRefused(text: string): string {
  switch (/\bdata ([0-9a-f]+)/.exec(text)?.[1]) {
    case '532':
    case '773':
      return 'the password of the account of Daypass has expired. Set a new one, and let it not expire.'
    case '533':
    case '701':
      return 'the account of Daypass is disabled or has expired. Enable it.'
    case '775':
      return 'the account of Daypass is locked after wrong passwords. Unlock it.'
    default:
      return 'the directory refuses `user` or its password. Correct them in the catalog.'
  }
}

function ofConnection(error: unknown): Verdict | undefined {
  const text = `${errorCodeOf(error)} ${textOf(error)}`
  return ofConnections.find(({ matches }) => matches.test(text))
}

const ofConnections: readonly (Verdict & { readonly matches: RegExp })[] = [
  {
    matches: /CERT_|_CERT|UNABLE_TO_|ALTNAME/,
    code: 'misconfigured',
    sentence:
      'its TLS certificate is not trusted. Name its authority in `caFile`, or correct the host in `url`.',
    retryable: false,
  },
  {
    matches: /timed? ?out|ETIMEDOUT/i,
    code: 'timeout',
    sentence: 'the directory did not answer in time.',
    retryable: true,
  },
  {
    matches: /\bE(CONN|HOST|NET|PIPE|AI_|NOTFOUND)\w*|closed|Socket|disconnected/,
    code: 'unreachable',
    sentence: 'the directory cannot be reached.',
    retryable: true,
  },
]

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name.replace(/Error$/, '') : ''
  return /^[A-Z][A-Za-z]+$/.test(name) && name !== 'UnknownStatusCode' ? ` (${name})` : ''
}
