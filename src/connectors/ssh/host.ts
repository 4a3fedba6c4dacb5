import { ConnectorError } from '../../domain/connector.ts'
import { limited } from '../_shared/operation-limit.ts'
import { openConnection } from './connection.ts'
import { connectionError, noAnswer, refusal } from './errors.ts'
import type { HostSettings, SshSettings } from './schema.ts'

/** A line of a request: a key of `serve` in `host/daypass-ssh`, and its value. */
export type Line = readonly [key: string, value: string | number | bigint]

/** One host, as operations use it. Every failure is a `ConnectorError` that names the host. */
export interface Host {
  readonly settings: HostSettings
  /** For people: `web-1.example.com`, with a port that is not 22. */
  readonly label: string
  /** Asks the helper. Bounded in time. */
  ask(operation: string, lines?: readonly Line[]): Promise<Answer>
  keepConnected(): Promise<void>
  close(): void
}

/** The helper's answer: what it said under a key. Text of the host: short, and without control characters. */
export interface Answer {
  one(key: string): string | null
  all(key: string): readonly string[]
  /** The host's clock. */
  readonly readAt: Date
}

/** The part of the helper that this version speaks with. */
const helperVersion = '1'
/** Where authorized_keys names the helper, the host does not look at this. */
const command = 'sudo -n /usr/local/sbin/daypass-ssh serve'

export function openHost(resourceId: string, host: HostSettings, settings: SshSettings): Host {
  const label = host.port === 22 ? host.address : `${host.address}:${host.port}`
  const where = `${resourceId}: ${label}`
  const connection = openConnection(resourceId, host, settings)
  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await limited(where, settings.timeout, work())
    } catch (error) {
      // What did not come in time comes no more.
      if (error instanceof ConnectorError && error.code === 'timeout') connection.drop()
      throw connectionError(error, where)
    }
  }
  return {
    settings: host,
    label,
    ask: async (operation, lines = []) => {
      const request = requestOf(operation, [['sent', Date.now()], ...lines])
      const { stdout, stderr } = await bounded(() => connection.run(command, request))
      return readAnswer(stdout, stderr, where)
    },
    keepConnected: () => bounded(() => connection.keep()),
    close: () => connection.drop(),
  }
}

/** The helper does nothing before it has read the last line. */
function requestOf(operation: string, lines: readonly Line[]): string {
  const all = lines.map(([key, value]) => `${key} ${value}`)
  if (all.some((line) => /[\r\n]/.test(line))) throw new Error('a line of a request holds a line break')
  return `${[operation, ...all, '.'].join('\n')}\n`
}

function readAnswer(stdout: string, stderr: string, where: string): Answer {
  const lines = stdout.split('\n').filter((line) => line !== '')
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => readable(line.slice(key.length + 1)))
  const [error] = values('error')
  if (error !== undefined) {
    const [code = '', ...text] = error.split(' ')
    throw refusal(code, text.join(' ').trim(), where)
  }
  if (lines.at(-1) !== 'ok') throw noAnswer(stderr, where)
  if (values('version')[0] !== helperVersion) throw refusal('version', '', where)
  return {
    one: (key) => values(key)[0] ?? null,
    all: values,
    readAt: new Date(Number(values('now')[0] ?? 0)),
  }
}

/** What a host says goes into evidence and messages. */
function readable(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, '').slice(0, 400)
}
