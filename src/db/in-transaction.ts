import postgres from 'postgres'
import type { Database } from './database.ts'
import { type Prepared, type Queries, queriesOver, sender, unwrapped } from './queries.ts'
import { beginOn, type TransactionConnection } from './transaction-connection.ts'

/** The connection of one transaction. Repositories send every statement through it. */
export interface Session {
  /** A query builder. An awaited statement resolves with its rows. */
  readonly db: Queries
  /** The same for a prepared statement. */
  run<Values, Rows>(statement: Prepared<Values, Rows>, values: Values): Promise<Rows>
  /**
   * Sends the statement without waiting, so that it shares a round trip with the next statement or the commit. If it fails, every
   * later statement fails, nothing is committed, and the transaction rejects with that error.
   */
  pipeline(statement: PromiseLike<unknown>): void
  /** No statement follows, so the commit travels with those that were sent. For reads: they do not wait for its answer. */
  last(): void
}

type Mode = 'read write' | 'isolation level repeatable read read only'

/** Runs `work` between begin and commit. An error in `work` rolls everything back. */
export async function inTransaction<T>(
  { sql }: Database,
  mode: Mode,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const connection = await begin(sql, mode)
  const statements = new Statements(sql, connection)
  try {
    const result = await work(statements.session)
    statements.refuseAfterFailure()
    await statements.commit()
    // After a failed statement Postgres answers a commit with a rollback and no error. The statement has the error.
    await statements.pipelined()
    return result
  } catch (error) {
    const first = statements.fail(error)
    await connection.end('rollback').catch(() => {})
    throw unwrapped(first)
  }
}

/**
 * After a lost connection, postgres.js (3.4) gives its FATAL error also to the first statement on the reconnected socket, which
 * was never sent. This occurs at most once for each connection of the pool.
 */
async function begin(sql: postgres.Sql, mode: Mode): Promise<TransactionConnection> {
  for (let left = sql.options.max; ; left -= 1) {
    try {
      return await beginOn(sql, mode)
    } catch (error) {
      const isLeftOver = error instanceof postgres.PostgresError && error.severity === 'FATAL'
      if (!isLeftOver || left <= 0) throw error
    }
  }
}

/** The statements of one transaction. After one has failed, no more are sent. */
class Statements {
  readonly session: Session
  readonly #connection: TransactionConnection
  readonly #pipelined: Promise<unknown>[] = []
  #failure: { error: unknown } | null = null
  #commit: Promise<void> | null = null

  constructor(sql: postgres.Sql, connection: TransactionConnection) {
    this.#connection = connection
    const send = sender(sql, async (query, text) => {
      this.refuseAfterFailure()
      // If Postgres refused `begin`, a write that travels with it would be committed alone.
      if (!text.startsWith('select')) connection.waitForBegin()
      try {
        return await connection.send(query)
      } catch (error) {
        throw this.fail(error)
      }
    })
    this.session = {
      db: queriesOver(send),
      run: (statement, values) => statement(send, values),
      pipeline: (statement) => {
        this.refuseAfterFailure()
        // drizzle sends a statement when `then` is called.
        const sent = Promise.resolve(statement.then(() => undefined))
        sent.catch(() => {})
        this.#pipelined.push(sent)
      },
      last: () => {
        this.commit().catch(() => {})
      },
    }
  }

  commit(): Promise<void> {
    this.#commit ??= this.#connection.end('commit')
    return this.#commit
  }

  /** Rejects when a pipelined statement failed. */
  async pipelined(): Promise<void> {
    await Promise.all(this.#pipelined)
  }

  refuseAfterFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Returns the first error, because it causes the errors of all later statements. */
  fail(error: unknown): unknown {
    this.#failure ??= { error }
    return this.#failure.error
  }
}
