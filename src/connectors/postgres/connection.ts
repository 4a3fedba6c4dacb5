import pg from 'pg'
import type { PostgresSettings } from './schema.ts'

/** Where the target is, as Daypass reaches it. No password. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly sslmode: string | null
}

/** A connection on loan; `broken` ones are thrown away instead of being used again. */
export interface Loan {
  readonly client: pg.ClientBase
  release(broken: boolean): void
}

export interface Connections {
  /** One of the few pooled connections to the resource's own database; waits for its turn. */
  borrow(): Promise<Loan>
  /** A connection of its own to any database of the server. */
  open(database: string): Promise<Loan>
  close(): Promise<void>
}

/** Milliseconds. Each bounds one step; the deed as a whole has its own limit. */
const limits = { connect: 5_000, statement: 10_000, lock: 5_000, answer: 12_000, idleInTransaction: 30_000 }
const poolSize = 8

/**
 * `pg` rather than `postgres`: when a connection is cut inside a transaction, postgres.js 3.4 writes its `rollback` to a
 * socket that is gone, which throws outside every promise and ends the process.
 */
export function openConnections(settings: PostgresSettings): Connections {
  const config = clientConfig(settings.url)
  const pool = new pg.Pool({ ...config, max: poolSize, idleTimeoutMillis: 30_000, allowExitOnIdle: true })
  // A connection that breaks is replaced when next needed; an event without a listener would end the process.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  // The pool's own queue gives up after the connect timeout, which a burst of leases ending together would reach.
  const turns = takeTurns(poolSize)
  let closing: Promise<void> | null = null
  return {
    borrow: () =>
      turns(async (done) => {
        const client = await pool.connect()
        const release = (broken: boolean) => {
          client.release(broken)
          done()
        }
        return { client, release }
      }),
    open: async (database) => {
      const client = new pg.Client({ ...config, database })
      client.on('error', ignore)
      await client.connect()
      return { client, release: () => void client.end().catch(ignore) }
    },
    close: () => {
      closing ??= pool.end()
      return closing
    },
  }
}

export function addressOf(settings: PostgresSettings): Address {
  const url = new URL(settings.url)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    sslmode: url.searchParams.get('sslmode'),
  }
}

/** Everything is said here, so that neither PG* variables nor settings of role or database change what a deed does. */
function clientConfig(url: string): pg.ClientConfig {
  const { host, port, database, user, sslmode } = addressOf({ kind: 'postgres', url, connectionLimit: 1 })
  return {
    host,
    port,
    database,
    user,
    password: decodeURIComponent(new URL(url).password),
    ssl: sslmode === 'require' ? { rejectUnauthorized: false } : sslmode === 'verify-full',
    application_name: 'daypass',
    // With pg_catalog alone, nothing that somebody put into another schema is ever called by the admin.
    options: '-c search_path=pg_catalog',
    connectionTimeoutMillis: limits.connect,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    query_timeout: limits.answer,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    keepAlive: true,
  }
}

/** Lets `count` in at once; `done` lets the next one in. */
function takeTurns(count: number) {
  const waiting: (() => void)[] = []
  let free = count
  const done = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return async <T>(enter: (done: () => void) => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await enter(done)
    } catch (error) {
      done()
      throw error
    }
  }
}

function ignore(): void {}
