import pg from 'pg'
import { readSecretFile } from '../_shared/settings.ts'
import { takeTurns } from '../_shared/take-turns.ts'
import { sqlStateOf } from './errors.ts'
import { openLockReserve } from './lock-reserve.ts'
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
  /**
   * One of the few pooled connections to the resource's own database; waits for its turn. Where the server has no free
   * slot (53300), the reserved connection.
   */
  borrow(): Promise<Loan>
  /** Opens what is kept open, or looks whether it still answers: the reserved connection and the reserve of locks. */
  keepOpen(): Promise<void>
  /** For when the server has no room for locks (53200). */
  makeRoom(): Promise<void>
  /** A connection of its own to any database of the server. */
  open(database: string): Promise<Loan>
  /** A connection of its own for a run that takes so many seconds at the most. Its end undoes what was not committed. */
  openForRun(seconds: number): Promise<Loan>
  close(): Promise<void>
}

/** Milliseconds. Each bounds one step; the operation as a whole has its own limit. */
const limits = { connect: 5_000, statement: 10_000, lock: 5_000, answer: 12_000, idleInTransaction: 30_000 }
const poolSize = 8

/**
 * `pg` rather than `postgres`: when a connection is cut inside a transaction, postgres.js 3.4 writes its `rollback` to a
 * socket that is gone, which throws outside every promise and ends the process.
 */
export function openConnections(resourceId: string, settings: PostgresSettings): Connections {
  const config = clientConfig(resourceId, settings)
  const pool = new pg.Pool({ ...config, max: poolSize, idleTimeoutMillis: 30_000, allowExitOnIdle: true })
  // A connection that breaks is replaced when next needed; an event without a listener would end the process.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  // The pool's own queue gives up after the connect timeout, which a burst of leases ending together would reach.
  const turns = takeTurns(poolSize)
  const pooled = () =>
    turns(async (done) => {
      const client = await pool.connect()
      const release = (broken: boolean) => {
        client.release(broken)
        done()
      }
      return { client, release }
    })
  const reserved = reserveConnection(config)
  const locks = openLockReserve(config)
  let closing: Promise<void> | null = null
  return {
    borrow: async () => {
      try {
        return await pooled()
      } catch (error) {
        if (sqlStateOf(error) !== '53300') throw error
        return reserved.borrow()
      }
    },
    keepOpen: async () => {
      const loan = await reserved.borrow()
      const broken = await loan.client.query('select 1').then(
        () => false,
        () => true,
      )
      loan.release(broken)
      await locks.keep()
    },
    makeRoom: () => locks.makeRoom(),
    open: async (database) => {
      const client = new pg.Client({ ...config, database })
      client.on('error', ignore)
      await client.connect()
      return { client, release: () => void client.end().catch(ignore) }
    },
    openForRun: async (seconds) => {
      // The limit of the server comes first. A cursor has no answer that the driver's own limit could wait for.
      const { query_timeout: _, ...own } = config
      const client = new pg.Client({
        ...own,
        statement_timeout: seconds * 1000,
        application_name: 'daypass run',
      })
      client.on('error', ignore)
      await client.connect()
      return { client, release: () => void client.end().catch(ignore) }
    },
    close: () => {
      closing ??= Promise.all([pool.end(), reserved.close(), locks.close()]).then(ignore)
      return closing
    },
  }
}

/** One connection that stays open, lent to one at a time. Opened when first needed, and anew after it broke. */
function reserveConnection(config: pg.ClientConfig) {
  const turns = takeTurns(1)
  let current: pg.Client | null = null
  const connect = async () => {
    const client = new pg.Client(config)
    client.on('error', ignore)
    client.on('end', () => {
      if (current === client) current = null
    })
    await client.connect()
    current = client
    return client
  }
  return {
    borrow: () =>
      turns(async (done): Promise<Loan> => {
        const client = current ?? (await connect())
        const release = (broken: boolean) => {
          if (broken) {
            if (current === client) current = null
            void client.end().catch(ignore)
          }
          done()
        }
        return { client, release }
      }),
    close: async () => {
      await current?.end().catch(ignore)
    },
  }
}

export function addressOf(settings: Pick<PostgresSettings, 'url'>): Address {
  const url = new URL(settings.url)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    sslmode: url.searchParams.get('sslmode'),
  }
}

/** Everything is said here, so that neither PG* variables nor settings of role or database change what an operation does. */
function clientConfig(resourceId: string, { url, passwordFile }: PostgresSettings): pg.ClientConfig {
  const { host, port, database, user, sslmode } = addressOf({ url })
  return {
    host,
    port,
    database,
    user,
    // Read at every connection, so that a rotated password needs no restart.
    password:
      passwordFile === undefined
        ? decodeURIComponent(new URL(url).password)
        : () => readSecretFile(passwordFile, resourceId),
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
    keepAliveInitialDelayMillis: 10_000,
  }
}

function ignore(): void {}
