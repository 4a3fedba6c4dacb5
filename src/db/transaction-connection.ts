import postgres from 'postgres'

/** One connection of the pool, from `begin` until the transaction is over. */
export interface TransactionConnection {
  /** What is sent from now on waits until Postgres has answered `begin`. */
  waitForBegin(): void
  /** Sends a query without waiting for earlier answers, so that several share a round trip. */
  send<Result>(query: PromiseLike<Result>): Promise<Result>
  /** Sends `commit` or `rollback`. Postgres' answer gives the connection back to the pool. */
  end(how: 'commit' | 'rollback'): Promise<void>
}

/** A part of postgres.js that `sql.begin` uses too, and that the types do not name: one connection of the pool. */
interface Wire {
  /** Writes a query. False: the next query must wait until `reserved` is called. */
  execute(query: object): unknown
  /** Called when all queries are answered and the transaction is open. When it is over, postgres.js sets null. */
  reserved: (() => void) | null
  onclose: ((error: Error) => void) | null
}

/** `executed` prevents that a query also sends itself on any connection of the pool. */
type WireQuery = PromiseLike<unknown> & { executed?: boolean; reject?: (error: unknown) => void }

/**
 * Begins a transaction. Resolves as soon as `begin` is sent, so that the first statements travel with it; rejects when it was
 * not sent. `sql.begin` of postgres.js (3.4) does the same by the same means, but waits for the answer to `begin`.
 */
export function beginOn(sql: postgres.Sql, mode: string): Promise<TransactionConnection> {
  return new Promise((resolve, reject) => {
    const onexecute = (wire: Wire): false => {
      resolve(connectionOn(sql, wire, begun))
      // The pool must not send other queries on this connection.
      return false
    }
    const begin = sql.unsafe(`begin ${mode}`, [], { onexecute } as postgres.UnsafeQueryOptions)
    const begun = begin.then(() => undefined)
    begun.then(() => reject(new Error('postgres.js began a transaction on an unknown connection')), reject)
  })
}

/**
 * Nothing is sent after the connection is lost or the transaction is over: postgres.js would write to a socket that is gone, or
 * send the statement on the reconnected socket, outside the transaction.
 */
function connectionOn(sql: postgres.Sql, wire: Wire, begun: Promise<void>): TransactionConnection {
  const waiting: WireQuery[] = []
  const unanswered = new Set<WireQuery>()
  let hasBegun = false
  let waitsForBegin = false
  let waitsForAnswers = false
  let over: { error: unknown } | null = null

  const write = () => {
    while (!waitsForBegin && !waitsForAnswers) {
      const next = waiting.shift()
      if (!next) return
      waitsForAnswers = !wire.execute(next)
    }
  }
  const lose = (error: unknown) => {
    over ??= { error }
    waiting.length = 0
    for (const query of unanswered) query.reject?.(error)
  }
  const send = async <Result>(query: PromiseLike<Result> & WireQuery): Promise<Result> => {
    if (over) throw over.error
    query.executed = true
    unanswered.add(query)
    waiting.push(query)
    write()
    try {
      return await query
    } catch (error) {
      if (isLost(error)) lose(error)
      throw error
    } finally {
      unanswered.delete(query)
    }
  }
  wire.reserved = () => {
    waitsForAnswers = false
    write()
  }
  wire.onclose = lose
  begun.then(() => {
    hasBegun = true
    waitsForBegin = false
    write()
  }, lose)
  return {
    waitForBegin() {
      waitsForBegin = !hasBegun
    },
    send,
    async end(how) {
      const answer = send(sql.unsafe(how))
      over ??= { error: new Error('The transaction is over') }
      await answer
    },
  }
}

function isLost(error: unknown): boolean {
  return (
    !(error instanceof postgres.PostgresError) || error.severity === 'FATAL' || error.severity === 'PANIC'
  )
}
