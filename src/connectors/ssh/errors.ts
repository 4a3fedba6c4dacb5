import { ConnectorError, type ConnectorErrorCode } from '../../domain/connector.ts'

/** A fault of the connection to a host, as a `ConnectorError`. */
export function connectionError(error: unknown, where: string): ConnectorError {
  if (error instanceof ConnectorError) return error
  const { message, code, level } = fieldsOf(error)
  const verdict = verdicts.find(({ matches }) => matches.test(`${level} ${code} ${message}`)) ?? unexpected
  return new ConnectorError(verdict.code, `${where}: ${verdict.sentence}`, {
    retryable: verdict.retryable,
    cause: new Error(`${level} ${code}`.trim() || 'no code'),
  })
}

/** What the helper on the host refused, by its code: `error CODE TEXT`. */
export function refusal(code: string, text: string, where: string): ConnectorError {
  const said = text === '' ? '' : `: ${text}`
  switch (code) {
    case 'past':
      return make('conflict', `${where}: the lease is over by the clock of the host`, false)
    case 'ended':
      return make('conflict', `${where}: the lease was taken away meanwhile`, false)
    case 'not_granted':
      return make(
        'not_granted',
        `${where}: the lease is not active: it has ended, or it was not granted`,
        false,
      )
    case 'misconfigured':
      return make('misconfigured', `${where}${said}. Correct the catalog or the host.`, false)
    case 'unswept':
      return make(
        'misconfigured',
        `${where}${said}, so nothing on the host would end the lease while Daypass is down. Let cron or a timer run it each minute.`,
        true,
      )
    case 'busy':
      return make('timeout', `${where}${said}. See which processes of daypass-ssh hang on the host.`, true)
    case 'changed':
      return make(
        'conflict',
        `${where}${said}: somebody changes what Daypass makes. Leave it alone, or revoke the access.`,
        true,
      )
    case 'still_present':
      return make('still_present', `${where}${said}. See on the host what keeps it there.`, true)
    case 'host':
      return make(
        'unexpected',
        `${where}${said}. See the log of the host, and whether its disk is full.`,
        true,
      )
    default:
      return make(
        'unexpected',
        `${where}: the helper refuses the request (${code})${said}. Install the one of this version.`,
        false,
      )
  }
}

/** The answer is not one of the helper. `stderr` may say why. */
export function noAnswer(stderr: string, where: string): ConnectorError {
  const told = /sudo: /.test(stderr)
    ? 'sudo does not let Daypass run the helper'
    : /not found|No such file/i.test(stderr)
      ? 'the helper is not installed'
      : null
  if (told === null)
    return make('unreachable', `${where}: the answer of the helper is not whole. It is tried again.`, true)
  return make('misconfigured', `${where}: ${told}. As root on the host: daypass-ssh install`, false)
}

function make(code: ConnectorErrorCode, message: string, retryable: boolean): ConnectorError {
  return new ConnectorError(code, message, { retryable })
}

function fieldsOf(error: unknown): { message: string; code: string; level: string } {
  const of = (key: string) =>
    typeof error === 'object' && error !== null && key in error ? String(Reflect.get(error, key) ?? '') : ''
  return { message: of('message'), code: of('code'), level: of('level') }
}

interface Verdict {
  readonly code: ConnectorErrorCode
  readonly sentence: string
  readonly retryable: boolean
}

const unexpected: Verdict = {
  code: 'unreachable',
  sentence: 'the host cannot be reached, or what answers is no sshd.',
  retryable: true,
}

const verdicts: readonly (Verdict & { readonly matches: RegExp })[] = [
  {
    matches: /verification failed|Host denied/i,
    code: 'misconfigured',
    sentence:
      'the host shows another host key than the catalog names. If its key was changed on purpose, put the new one under `hostKeys`; otherwise somebody may stand between.',
    retryable: false,
  },
  {
    matches: /no matching host key/i,
    code: 'misconfigured',
    sentence: 'the host has no key of a type that the catalog names under `hostKeys`.',
    retryable: false,
  },
  {
    matches: /Cannot parse privateKey|Encrypted|no passphrase/i,
    code: 'misconfigured',
    sentence: '`keyFile` holds no private key without a passphrase.',
    retryable: false,
  },
  {
    matches: /client-authentication|authentication methods failed/i,
    code: 'permission',
    sentence:
      'the host does not take the key of Daypass. As root on the host, with the public key of `keyFile`: daypass-ssh install',
    retryable: false,
  },
  {
    matches: /client-timeout|timed? ?out|ETIMEDOUT/i,
    code: 'timeout',
    sentence: 'the host did not answer in time.',
    retryable: true,
  },
  {
    matches: /\bE(CONN|HOST|NET|PIPE|AI_|NOTFOUND)\w*|closed|Not connected/i,
    code: 'unreachable',
    sentence: 'the host cannot be reached, or it closed the connection.',
    retryable: true,
  },
]
