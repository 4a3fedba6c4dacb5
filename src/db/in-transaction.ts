import postgres from 'postgres'
import type { Database } from './database.ts'
import { type Prepared, type Queries, queriesOver, sender, unwrapped } from './queries.ts'

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
}

type Mode = 'read write' | 'isolation level repeatable read read only'

/** Runs `work` between begin and commit. An error in `work` rolls everything back. */
export async function inTransaction<T>(
  database: Database,
  mode: Mode,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const watch = new ConnectionWatch()
  const done: { result: T }[] = []
  try {
    await database.sql.begin(mode, async (sql) => {
      try {
        done.push({ result: await work(watch.session(sql)) })
      } catch (error) {
        await watch.holdIfLost()
        throw error
      }
      await watch.holdIfLost()
    })
  } catch (error) {
    if (isLeftOver(error, mode) && !watch.begun) return inTransaction(database, mode, work)
    watch.lose(error)
    throw unwrapped(error)
  }
  // After a failed statement Postgres answers a commit with a rollback and no error. The statement has the error.
  await watch.pipelined()
  const [outcome] = done
  if (!outcome) throw new Error('The transaction ended without an outcome')
  return outcome.result
}

/**
 * After a lost connection, postgres.js (3.4) gives its FATAL error also to the first statement on the reconnected socket, which
 * was never sent. This occurs at most once for each connection of the pool.
 */
function isLeftOver(error: unknown, mode: Mode): boolean {
  return (
    error instanceof postgres.PostgresError && error.severity === 'FATAL' && error.query !== `begin ${mode}`
  )
}

/**
 * Records whether the transaction's connection is lost, and sends nothing after that. postgres.js (3.4) would send a rollback or
 * the next statement on the lost connection. Then an exception that no code can catch ends the process, or the statement runs on
 * the reconnected socket, outside the transaction.
 */
class ConnectionWatch {
  begun = false
  readonly #pipelined: Promise<unknown>[] = []
  #failure: { error: unknown; lost: boolean } | null = null

  session(sql: postgres.TransactionSql): Session {
    this.begun = true
    const send = sender(sql, async (send) => {
      this.#refuseAfterFailure()
      try {
        return await send()
      } catch (error) {
        throw this.#note(error)
      }
    })
    return {
      db: queriesOver(send),
      run: (statement, values) => statement(send, values),
      pipeline: (statement) => {
        this.#refuseAfterFailure()
        // drizzle sends a statement when `then` is called.
        const sent = Promise.resolve(statement.then(() => undefined))
        sent.catch(() => {})
        this.#pipelined.push(sent)
      },
    }
  }

  /** Rejects when a pipelined statement failed. */
  async pipelined(): Promise<void> {
    await Promise.all(this.#pipelined).catch((error: unknown) => {
      throw unwrapped(error)
    })
  }

  /** The transaction is over. Later use of the session is refused. */
  lose(error: unknown): void {
    this.#failure = { error: this.#failure?.error ?? error, lost: true }
  }

  /** Never resolves when the connection is lost: `begin` has rejected already, and must not send a rollback. */
  async holdIfLost(): Promise<void> {
    if (this.#failure?.lost) await new Promise<never>(() => {})
  }

  #refuseAfterFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Keeps the first error, because it causes the errors of all later statements. */
  #note(error: unknown): unknown {
    const lost =
      !(error instanceof postgres.PostgresError) || error.severity === 'FATAL' || error.severity === 'PANIC'
    this.#failure = { error: this.#failure?.error ?? error, lost: lost || this.#failure?.lost === true }
    return this.#failure.error
  }
}
