import type { Redis, RedisOptions } from 'ioredis'
import { limited } from '../_shared/operation-limit.ts'
import { readSecretFile } from '../_shared/settings.ts'
import type { RedisSettings } from './schema.ts'

/** Where the server is, as Daypass reaches it. No password. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly tls: boolean
}

export interface Connection {
  /** Sends all commands together, on one connection, and gives an answer or an error for each. Rejects if it breaks. */
  send(commands: readonly (readonly string[])[]): Promise<(unknown | Error)[]>
  close(): void
}

export function addressOf({ url }: Pick<RedisSettings, 'url'>): Address {
  const { hostname, port, username, protocol } = new URL(url)
  return {
    host: hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: port === '' ? 6379 : Number(port),
    user: decodeURIComponent(username),
    tls: protocol === 'rediss:',
  }
}

/**
 * One connection, opened when first needed and anew after it broke. It stays open, so that a holder who takes every connection
 * of the server does not keep Daypass out.
 */
export function openConnection(resourceId: string, settings: RedisSettings): Connection {
  let current: { readonly client: Redis; readonly ready: Promise<unknown> } | null = null
  let opening: Promise<Redis> | null = null
  const open = async (): Promise<Redis> => {
    const { Redis } = await import('ioredis')
    const client = new Redis(await optionsOf(resourceId, settings))
    client.on('error', () => {})
    client.on('end', () => {
      if (current?.client === client) current = null
    })
    current = { client, ready: client.connect() }
    return client
  }
  const connected = async (): Promise<Redis> => {
    opening ??= (current ? Promise.resolve(current.client) : open()).finally(() => {
      opening = null
    })
    const client = await opening
    if (current?.client === client) await current.ready
    return client
  }
  const send: Connection['send'] = async (commands) => {
    const client = await connected()
    const answers = await client.pipeline(commands.map((command) => ['call', ...command])).exec()
    const results = (answers ?? []).map(([error, answer]) => error ?? answer)
    const broken = results.find((answer) => answer instanceof Error && answer.name !== 'ReplyError')
    if (results.length === commands.length && !broken) return results
    throw broken ?? new Error('Connection is closed.')
  }
  return {
    send: async (commands) => {
      try {
        return await limited(resourceId, settings.timeout, send(commands))
      } catch (error) {
        // An answer that comes too late would be taken for the answer of another command.
        current?.client.disconnect()
        current = null
        throw error
      }
    },
    close: () => current?.client.disconnect(),
  }
}

async function optionsOf(resourceId: string, settings: RedisSettings): Promise<RedisOptions> {
  const { host, port, user, tls } = addressOf(settings)
  const { passwordFile, timeout } = settings
  const password = passwordFile
    ? await readSecretFile(passwordFile, resourceId)
    : decodeURIComponent(new URL(settings.url).password)
  return {
    host,
    port,
    username: user,
    password,
    ...(tls ? { tls: {} } : {}),
    connectTimeout: timeout * 1000,
    commandTimeout: timeout * 1000,
    lazyConnect: true,
    // A broken connection is opened anew by the next operation; nothing is sent twice behind its back.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // Both would send commands that Daypass needs no right to.
    enableReadyCheck: false,
    disableClientInfo: true,
    keepAlive: 10_000,
  }
}
