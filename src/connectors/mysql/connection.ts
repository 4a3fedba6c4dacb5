import type { Connection as Client, ConnectionOptions } from 'mysql2/promise'
import { readSecretFile } from '../_shared/settings.ts'
import { takeTurns } from '../_shared/take-turns.ts'
import type { MysqlSettings } from './schema.ts'

/** Where the server is, as Daypass reaches it. No password. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly sslmode: string | null
}

/** A connection on loan. A broken one is thrown away instead of being used again. */
export interface Loan {
  readonly client: Client
  readonly server: Server
  release(broken: boolean): void
}

export interface Server {
  readonly version: string
  /** MySQL differs in accounts, roles and passwords; the tests run on MariaDB. */
  readonly isMariadb: boolean
}

export interface Connections {
  /** One of a few connections; waits for its turn. */
  borrow(): Promise<Loan>
  close(): Promise<void>
}

const most = 4

export function addressOf({ url }: Pick<MysqlSettings, 'url'>): Address {
  const { hostname, port, username, searchParams } = new URL(url)
  return {
    host: hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    sslmode: searchParams.get('sslmode'),
  }
}

/** Connections stay open when they are given back, so that holders who take every slot of the server do not keep Daypass out. */
export function openConnections(resourceId: string, settings: MysqlSettings): Connections {
  const turns = takeTurns(most)
  const idle = new Set<{ client: Client; server: Server }>()
  const connect = async () => {
    const { createConnection } = await import('mysql2/promise')
    const client = await createConnection(await optionsOf(resourceId, settings))
    // A connection that breaks while nobody uses it: an event without a listener would end the process.
    client.on('error', () => {
      for (const one of idle) if (one.client === client) idle.delete(one)
    })
    try {
      return { client, server: await prepare(client) }
    } catch (error) {
      client.destroy()
      throw error
    }
  }
  let closed = false
  return {
    borrow: () =>
      turns(async (done): Promise<Loan> => {
        const [kept] = idle
        if (kept) idle.delete(kept)
        const { client, server } = kept ?? (await connect())
        const release = (broken: boolean) => {
          if (broken || closed) client.destroy()
          else idle.add({ client, server })
          done()
        }
        return { client, server, release }
      }),
    close: async () => {
      closed = true
      for (const { client } of idle) client.destroy()
      idle.clear()
    },
  }
}

/** Everything is said here, so that no setting of the server changes the meaning of a statement. */
async function prepare(client: Client): Promise<Server> {
  const [rows] = await client
    .query(
      `set session sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', lock_wait_timeout = 5, innodb_lock_wait_timeout = 5`,
    )
    .then(() => client.query('select version() as version'))
  const [row] = Array.isArray(rows) ? rows : []
  const version = row && 'version' in row ? String(row.version) : ''
  return { version, isMariadb: version.includes('MariaDB') }
}

async function optionsOf(resourceId: string, settings: MysqlSettings): Promise<ConnectionOptions> {
  const password = settings.passwordFile
    ? await readSecretFile(settings.passwordFile, resourceId)
    : decodeURIComponent(new URL(settings.url).password)
  return connectionOptions(settings, { user: addressOf(settings).user, password })
}

/** How an account is logged in to the server. */
export function connectionOptions(
  settings: MysqlSettings,
  login: { readonly user: string; readonly password: string },
): ConnectionOptions {
  const { host, port, sslmode } = addressOf(settings)
  return {
    host,
    port,
    ...login,
    ...(sslmode === 'require' || sslmode === 'verify-full'
      ? { ssl: { rejectUnauthorized: sslmode === 'verify-full' } }
      : {}),
    connectTimeout: settings.timeout * 1000,
    charset: 'utf8mb4',
    dateStrings: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  }
}
