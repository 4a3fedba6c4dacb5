import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { ConnectorError } from '../../domain/connector.ts'
import { type Address, addressOf, type Loan, openConnections } from './connection.ts'
import { isCollision, isSqlError, sqlStateOf, toConnectorError } from './errors.ts'
import type { PostgresSettings } from './schema.ts'

/** Statements on one connection. */
export interface Session {
  /** `server_version_num`, as in 150004. */
  readonly version: number
  /** The server's process behind this connection. */
  readonly pid: number
  /** Without `values` the text may hold several statements. The rows are those of the last one. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** Ways to talk to the target within one operation. */
export interface Operation {
  /**
   * One transaction. A statement that ends with `; commit` is its last one. It is run again from its start when another one got in its way, so it must touch nothing else.
   * Within this process one at a time for each `name`. No lock is taken in the target: a holder could take it too.
   */
  transaction<T>(name: string, run: (session: Session) => Promise<T>): Promise<T>
  /** Statements without a transaction. Run again from the start where the server had no room for locks. */
  session<T>(run: (session: Session) => Promise<T>): Promise<T>
  /** The same on a connection of its own to another database of the server. */
  inDatabase<T>(database: string, run: (session: Session) => Promise<T>): Promise<T>
}

/** The server of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: PostgresSettings
  readonly address: Address
  /** The fingerprints of the entitlement roles that were found in step, by the name of the role. A restart forgets them. */
  readonly inStep: Map<string, string>
  /** Runs a whole operation, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (operation: Operation) => Promise<T>): Promise<T>
  /** A connection of its own for a run. */
  openForRun(seconds: number): Promise<Loan>
  /** Opens the connections that a revocation needs, so that they are there when the server has no free slot. */
  keepOpen(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds for a whole operation. */
const operationLimit = 18_000
const attempts = 12
const roomAttempts = 4

export function openTarget(resourceId: string, settings: PostgresSettings): Target {
  const connections = openConnections(resourceId, settings)
  const oneAtATime = newQueues()
  return {
    resourceId,
    settings,
    address: addressOf(settings),
    inStep: new Map(),
    operation: async (run) => {
      const limit = startLimit(resourceId)
      const roomy = <T>(run: () => Promise<T>) => withRoom(run, () => connections.makeRoom())
      const borrowed = using(() => connections.borrow(), limit)
      const session: Operation['session'] = (work) => roomy(() => borrowed(work))
      try {
        const operation: Operation = {
          session,
          transaction: (name, work) =>
            oneAtATime(name, () => retrying(() => session((open) => inTransaction(open, work)))),
          inDatabase: (database, work) => roomy(() => using(() => connections.open(database), limit)(work)),
        }
        return await Promise.race([run(operation), limit.reached])
      } catch (error) {
        throw toConnectorError(error, resourceId)
      } finally {
        limit.stop()
      }
    },
    openForRun: (seconds) => connections.openForRun(seconds),
    keepOpen: () => connections.keepOpen(),
    close: () => connections.close(),
  }
}

/** Runs it again after making room, where a holder has filled the server's lock table. */
async function withRoom<T>(run: () => Promise<T>, makeRoom: () => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt === roomAttempts || sqlStateOf(error) !== '53200') throw error
      await makeRoom()
    }
  }
}

/** Runs work of the same name one after the other. */
function newQueues() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(run, run)
    last.set(name, turn)
    const leave = () => {
      if (last.get(name) === turn) last.delete(name)
    }
    turn.then(leave, leave)
    return turn
  }
}

interface Limit {
  /** Rejects when the time is over. */
  readonly reached: Promise<never>
  /** Throws once the operation was given up. An operation that was reported as failed must not continue. */
  check(): void
  stop(): void
}

function startLimit(resourceId: string): Limit {
  let over = false
  const tooLong = () =>
    new ConnectorError(
      'timeout',
      `${resourceId}: given up after ${operationLimit / 1000} seconds. The database is slow or unreachable.`,
      {
        retryable: true,
      },
    )
  const { promise, reject } = withRejection()
  const timer = setTimeout(() => {
    over = true
    reject(tooLong())
  }, operationLimit)
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

/**
 * Borrows a connection for `run`; one that failed otherwise than by a refusal of Postgres is not used again. Where a kept one was
 * closed before it answered anything, `run` gets another one: it broke while nobody used it.
 */
function using(borrow: () => Promise<Loan>, limit: Limit) {
  return async <T>(run: (session: Session) => Promise<T>): Promise<T> => {
    for (;;) {
      limit.check()
      const loan = await borrow()
      const isKept = versions.has(loan.client)
      let hasAnswered = false
      let broken = true
      try {
        limit.check()
        const session = await sessionOf(loan.client, limit, () => {
          hasAnswered = true
        })
        const result = await run(session)
        broken = false
        return result
      } catch (error) {
        broken = !(await isReusable(loan.client, error))
        if (!isKept || hasAnswered || !isClosed(error)) throw error
      } finally {
        loan.release(broken)
      }
    }
  }
}

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    ['ECONNRESET', 'EPIPE'].includes(code) ||
    (error instanceof Error && /connection terminated|not queryable/iu.test(error.message))
  )
}

/** After a refusal, leaves nothing open on the connection. Where the connection itself failed there is nothing to leave. */
async function isReusable(client: pg.ClientBase, error: unknown): Promise<boolean> {
  if (!isSqlError(error) && !(error instanceof ConnectorError)) return false
  return client.query('rollback; reset role').then(
    () => true,
    () => false,
  )
}

/** Statements with values are few texts. The server analyses each once a connection, because it is prepared by its name. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const words = text.trim().replace(/\W+/g, '_').slice(0, 24)
  const name = `daypass_${words}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  names.set(text, name)
  return name
}

const versions = new WeakMap<pg.ClientBase, number>()

async function sessionOf(client: pg.ClientBase, limit: Limit, answered: () => void): Promise<Session> {
  const query = async <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
    limit.check()
    const result = await (values
      ? client.query<Row>({ name: nameOf(text), text, values: [...values] })
      : client.query<Row>(text))
    answered()
    return (Array.isArray(result) ? result.at(-1) : result).rows
  }
  let version = versions.get(client)
  if (version === undefined) {
    const [row] = await query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )
    version = row?.version ?? 0
    versions.set(client, version)
  }
  return { version, pid: pidOf(client), query }
}

/** The server sends it at login; the driver's types lack it. */
function pidOf(client: pg.ClientBase): number {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : 0
}

async function inTransaction<T>(session: Session, run: (session: Session) => Promise<T>): Promise<T> {
  let hasBegun = false
  let isOver = false
  // Statements without values travel with `begin`.
  const query: Session['query'] = async (text, values) => {
    const isFirst = !hasBegun
    hasBegun = true
    isOver = !values && text.endsWith('; commit')
    if (isFirst && !values) return session.query(`begin; ${text}`)
    if (isFirst) await session.query('begin')
    return session.query(text, values)
  }
  const result = await run({ ...session, query })
  if (!isOver) await session.query('commit')
  return result
}

/** Runs it again after a collision with another transaction. */
export async function retrying<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt === attempts || !isCollision(error)) throw error
      await pause(20 * attempt * Math.random())
    }
  }
}
