import { DrizzleQueryError, type Placeholder, sql } from 'drizzle-orm'
import { drizzle, type PgRemoteDatabase, type RemoteCallback } from 'drizzle-orm/pg-proxy'
import type postgres from 'postgres'

/** drizzle's query builder, typed by `schema/`. Use `inTransaction` for transactions, not drizzle's own. */
export type Queries = PgRemoteDatabase

/** Sends one statement to Postgres at once, so that independent statements share a round trip. */
export type Send = RemoteCallback

/** Sends a query and waits for its rows. */
type Perform = (query: PromiseLike<unknown[]>, text: string) => Promise<unknown[]>

/**
 * Sends drizzle's statements over postgres.js, by drizzle's `pg-proxy` driver. Its postgres-js driver would replace the parsers
 * of the whole pool, and start transactions without the guard of `inTransaction`.
 */
export function sender(client: Pick<postgres.Sql, 'unsafe'>, perform: Perform = performOnPool): Send {
  return async (text, parameters, method) => {
    const query = client.unsafe(text, parameters, { prepare: true })
    return { rows: await perform(method === 'all' ? query.values() : query, text) }
  }
}

async function performOnPool(query: PromiseLike<unknown[]>): Promise<unknown[]> {
  return query
}

/** A query builder for statements whose shape depends on the input. */
export function queriesOver(send: Send): Queries {
  return drizzle(send)
}

/** A statement that is built once and sent each time with other values. */
export type Prepared<Values, Rows> = (send: Send, values: Values) => Promise<Rows>

/**
 * Builds a statement once for the whole process, because drizzle needs as much time to build one as Postgres to answer it
 * (about 40 µs for the wide tables).
 */
export function prepare<Name extends string, Rows>(
  names: readonly Name[],
  build: (
    db: Queries,
    values: Readonly<Record<Name, Placeholder<Name>>>,
  ) => { prepare(name: string): { execute(values: Record<string, unknown>): Promise<Rows> } },
): Prepared<Readonly<Record<Name, unknown>>, Rows> {
  const placeholders = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]))
  const statement = build(unsent, placeholders as Record<Name, Placeholder<Name>>).prepare('')
  return (send, values) => {
    sending = send
    try {
      return statement.execute(values)
    } finally {
      sending = null
    }
  }
}

/** drizzle binds a prepared statement to one driver, and calls it before `execute` returns. `sending` selects the connection. */
let sending: Send | null = null
const unsent = drizzle((text, parameters, method) => {
  if (!sending) throw new Error(`A prepared statement was not sent at once: ${text}`)
  return sending(text, parameters, method)
})

/** The error of Postgres itself. drizzle wraps it in an error that prints all parameters, which may be text of people. */
export function unwrapped(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error
}
