import { DrizzleQueryError, type Placeholder, sql } from 'drizzle-orm'
import { drizzle, type PgRemoteDatabase, type RemoteCallback } from 'drizzle-orm/pg-proxy'
import type postgres from 'postgres'

/** drizzle's query builder, typed by `schema/`. Not its transactions: those are `inTransaction`'s. */
export type Queries = PgRemoteDatabase

/** Sends one statement to Postgres at once, so that those that do not wait for each other travel together. */
export type Send = RemoteCallback

/** Waits for a statement's answer. A transaction refuses here what its connection cannot take any more. */
type Await = <T>(send: () => Promise<T>) => Promise<T>

/**
 * Statements over postgres.js for drizzle, through its own door for other drivers (`pg-proxy`): its postgres-js driver
 * would rewrite the parsers of the whole pool, and begin transactions without the guard of `inTransaction`.
 */
export function sender(client: Pick<postgres.Sql, 'unsafe'>, answer: Await = (send) => send()): Send {
  return async (text, parameters, method) => {
    const rows = await answer(async (): Promise<unknown[]> => {
      const query = client.unsafe(text, parameters, { prepare: true })
      const rows = method === 'all' ? query.values() : query
      query.execute()
      return rows
    })
    return { rows }
  }
}

/** For statements whose shape depends on what is asked. */
export function queriesOver(send: Send): Queries {
  return drizzle(send)
}

/** A statement that was built once; each time it is sent with other values. */
export type Prepared<Values, Rows> = (send: Send, values: Values) => Promise<Rows>

/**
 * Builds a statement once for the whole process: drizzle takes about as long to build one as Postgres to answer it
 * (some 40 µs for the wide tables).
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

/** drizzle binds a prepared statement to one driver, and calls it before `execute` returns: by then it is known whose. */
let sending: Send | null = null
const unsent = drizzle((text, parameters, method) => {
  if (!sending) throw new Error(`A prepared statement was not sent at once: ${text}`)
  return sending(text, parameters, method)
})

/** Postgres' own error: drizzle wraps it in one that prints all parameters, which people have typed. */
export function unwrapped(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error
}
