import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { ConnectorError } from '../../domain/connector.ts'
import { type Address, addressOf, type Loan, openConnections } from './connection.ts'
import { isCollision, isSqlError, toConnectorError } from './errors.ts'
import { quoteLiteral } from './quoting.ts'
import type { PostgresSettings } from './schema.ts'

/** Statements on one connection. */
export interface Session {
  /** `server_version_num`, as in 150004. */
  readonly version: number
  /** Without `values` the text may hold several statements; then there are no rows. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** Ways to talk to the target within one deed. */
export interface Deed {
  /**
   * One transaction, which begins by taking `lock`: whoever names the same lock waits. It is run again from its start
   * when another one got in its way, so it must touch nothing else.
   */
  transaction<T>(lock: string, run: (session: Session) => Promise<T>): Promise<T>
  /** Statements that each stand alone. */
  session<T>(run: (session: Session) => Promise<T>): Promise<T>
  /** The same on a connection of its own to another database of the server. */
  inDatabase<T>(database: string, run: (session: Session) => Promise<T>): Promise<T>
}

/** The server that a resource stands for. */
export interface Target {
  readonly resourceId: string
  readonly settings: PostgresSettings
  readonly address: Address
  /** Runs a whole deed, bounded in time. Every failure is a `ConnectorError`. */
  deed<T>(run: (deed: Deed) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Milliseconds for a whole deed. */
const deedLimit = 18_000
const attempts = 5

export function openTarget(resourceId: string, settings: PostgresSettings): Target {
  const connections = openConnections(settings)
  return {
    resourceId,
    settings,
    address: addressOf(settings),
    deed: async (run) => {
      const limit = startLimit(resourceId)
      const session = using(() => connections.borrow(), limit)
      try {
        const deed: Deed = {
          session,
          transaction: (lock, work) => retrying(() => session((open) => inTransaction(open, lock, work))),
          inDatabase: (database, work) => using(() => connections.open(database), limit)(work),
        }
        return await Promise.race([run(deed), limit.reached])
      } catch (error) {
        throw toConnectorError(error, resourceId)
      } finally {
        limit.stop()
      }
    },
    close: () => connections.close(),
  }
}

interface Limit {
  /** Rejects when the time is over. */
  readonly reached: Promise<never>
  /** Throws once the deed was given up: what was reported as failed must not go on behind the caller's back. */
  check(): void
  stop(): void
}

function startLimit(resourceId: string): Limit {
  let over = false
  const tooLong = () =>
    new ConnectorError(
      'timeout',
      `${resourceId}: given up after ${deedLimit / 1000} seconds. The database is slow or unreachable.`,
      {
        retryable: true,
      },
    )
  const { promise, reject } = withRejection()
  const timer = setTimeout(() => {
    over = true
    reject(tooLong())
  }, deedLimit)
  return {
    reached: promise,
    check: () => {
      if (over) throw tooLong()
    },
    stop: () => {
      over = true
      clearTimeout(timer)
    },
  }
}

function withRejection(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<never>((_, fail) => {
    reject = fail
  })
  return { promise, reject }
}

/** Borrows a connection for `run`; one that failed otherwise than by a refusal of Postgres is not used again. */
function using(borrow: () => Promise<Loan>, limit: Limit) {
  return async <T>(run: (session: Session) => Promise<T>): Promise<T> => {
    limit.check()
    const loan = await borrow()
    let broken = true
    try {
      limit.check()
      const result = await run(await sessionOf(loan.client, limit))
      broken = false
      return result
    } catch (error) {
      broken = !(await isReusable(loan.client, error))
      throw error
    } finally {
      loan.release(broken)
    }
  }
}

/** After a refusal, leaves nothing open on the connection. Where the connection itself failed there is nothing to leave. */
async function isReusable(client: pg.ClientBase, error: unknown): Promise<boolean> {
  if (!isSqlError(error) && !(error instanceof ConnectorError)) return false
  return client.query('rollback').then(
    () => true,
    () => false,
  )
}

const versions = new WeakMap<pg.ClientBase, number>()

async function sessionOf(client: pg.ClientBase, limit: Limit): Promise<Session> {
  const query = async <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
    limit.check()
    const result = await (values ? client.query<Row>(text, [...values]) : client.query<Row>(text))
    return Array.isArray(result) ? [] : result.rows
  }
  let version = versions.get(client)
  if (version === undefined) {
    const [row] = await query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    version = row?.version ?? 0
    versions.set(client, version)
  }
  return { version, query }
}

async function inTransaction<T>(
  session: Session,
  lock: string,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  await session.query(`begin; select pg_advisory_xact_lock(${lockKey(lock)})`)
  const result = await run(session)
  await session.query('commit')
  return result
}

/** The number behind a lock's name, as SQL. */
export function lockKey(lock: string): string {
  return `hashtextextended(${quoteLiteral(`daypass:${lock}`)}, 0)`
}

async function retrying<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attempts || !isCollision(error)) throw error
      await pause(20 * attempt * Math.random())
    }
  }
}
