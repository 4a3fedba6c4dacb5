import postgres from 'postgres'
import type { Database } from './database.ts'
import { type Prepared, type Queries, queriesOver, sender, unwrapped } from './queries.ts'

/** One transaction's way to Postgres. Repositories send every statement through it. */
export interface Session {
  /** A statement of it that is awaited resolves with its rows. */
  readonly db: Queries
  /** The same for a statement that was built before. */
  run<Values, Rows>(statement: Prepared<Values, Rows>, values: Values): Promise<Rows>
  /**
   * Sends the statement without waiting, so that the next one, or the commit, travels with it. When it fails, every later
   * statement fails, nothing is committed, and the transaction rejects with that failure.
   */
  pipeline(statement: PromiseLike<unknown>): void
}

type Mode = 'read write' | 'isolation level repeatable read read only'

/** Runs `work` between begin and commit; what it throws rolls everything back. */
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
  // After a failed statement Postgres answers a commit with a rollback, and without an error: the statement has it.
  await watch.pipelined()
  const [outcome] = done
  if (!outcome) throw new Error('The transaction ended without an outcome')
  return outcome.result
}

/**
 * postgres.js (3.4) tells the last words of a connection that was cut off a second time, to whoever reconnects it: that
 * statement was never sent. At most once for each connection of the pool.
 */
function isLeftOver(error: unknown, mode: Mode): boolean {
  return (
    error instanceof postgres.PostgresError && error.severity === 'FATAL' && error.query !== `begin ${mode}`
  )
}

/**
 * Knows whether the transaction's connection is still there. postgres.js (3.4) would send a rollback, or whatever is asked
 * next, down a connection that is gone: an exception that nobody can catch ends the process, or else the statement runs on
 * the reconnected socket, outside the transaction. So nothing is sent once the connection is lost.
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
        // drizzle sends its statements when somebody asks for their answer.
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

  /** The transaction is over: whoever still holds the session is refused. */
  lose(error: unknown): void {
    this.#failure = { error: this.#failure?.error ?? error, lost: true }
  }

  /** Never resolves when the connection is gone: `begin` has rejected by itself, and must not try to roll back. */
  async holdIfLost(): Promise<void> {
    if (this.#failure?.lost) await new Promise<never>(() => {})
  }

  #refuseAfterFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** The first failure is the one that matters: all later statements fail because of it. */
  #note(error: unknown): unknown {
    const lost =
      !(error instanceof postgres.PostgresError) || error.severity === 'FATAL' || error.severity === 'PANIC'
    this.#failure = { error: this.#failure?.error ?? error, lost: lost || this.#failure?.lost === true }
    return this.#failure.error
  }
}
