import { ConnectorError } from '../../domain/connector.ts'
import { type Address, addressOf, openConnection } from './connection.ts'
import { toConnectorError } from './errors.ts'
import type { RedisSettings } from './schema.ts'

/** The server of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: RedisSettings
  readonly address: Address
  /** Sends all commands together. An answer for each; the first error of any is thrown, as a `ConnectorError`. */
  send(commands: readonly (readonly string[])[]): Promise<unknown[]>
  /** The same, with errors among the answers. Throws only if the connection broke. */
  ask(commands: readonly (readonly string[])[]): Promise<(unknown | Error)[]>
  close(): void
}

export function openTarget(resourceId: string, settings: RedisSettings): Target {
  const connection = openConnection(resourceId, settings)
  const ask: Target['ask'] = (commands) =>
    connection.send(commands).catch((error) => Promise.reject(toConnectorError(error, resourceId)))
  return {
    resourceId,
    settings,
    address: addressOf(settings),
    ask,
    send: async (commands) => {
      const answers = await ask(commands)
      const failed = answers.find((answer) => answer instanceof Error)
      if (failed) throw toConnectorError(failed, resourceId)
      return answers
    },
    close: () => connection.close(),
  }
}

/** Reads the answer of `TIME`: the server's clock, in seconds and microseconds. */
export function instantOf(answer: unknown): Date {
  const [seconds, microseconds] = Array.isArray(answer) ? answer.map(Number) : []
  return new Date((seconds ?? 0) * 1000 + Math.floor((microseconds ?? 0) / 1000))
}

/**
 * Whether users survive a restart, from the answer of `ACL SAVE`. Without an ACL file they do not. A file that could not be
 * written may bring a deleted user back, so it is an error.
 */
export function isSaved(answer: unknown, resourceId: string): boolean {
  if (!(answer instanceof Error)) return true
  if (answer.message.includes('not configured to use an ACL file')) return false
  if (/^(NOPERM|BUSY|LOADING)/.test(answer.message)) throw toConnectorError(answer, resourceId)
  const message = `${resourceId}: the server could not write its ACL file, so a restart would bring back the former users. See its log, and let it write the file.`
  throw new ConnectorError('still_present', message, { retryable: true })
}
