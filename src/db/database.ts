import postgres from 'postgres'
import { type Prepared, type Queries, queriesOver, sender } from './queries.ts'
import { storableText } from './text.ts'

/** A pool of connections to Postgres, for the adapters in this folder. */
export interface Database {
  readonly sql: postgres.Sql
  /** For single statements, each a transaction by itself. */
  readonly db: Queries
  /** The same for a prepared statement. */
  run<Values, Rows>(statement: Prepared<Values, Rows>, values: Values): Promise<Rows>
  /** Rejects when Postgres does not answer. */
  ping(): Promise<void>
  /** Closes all connections. Waits up to five seconds for running statements. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** The greatest number of connections. Default 10. */
  readonly poolSize?: number
  /** Shown in `pg_stat_activity`. Default `daypass`. */
  readonly applicationName?: string
}

/**
 * Does not connect yet: the first statement does. Each connection prepares a statement once and pipelines. Rows have camel-case
 * names, as in drizzle's types.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const sql = postgres(url, {
    max: options.poolSize ?? 10,
    prepare: true,
    connect_timeout: 10,
    idle_timeout: 300,
    max_lifetime: 3600,
    backoff: (retries) => Math.min(0.05 * 2 ** retries, 1),
    onnotice: () => {},
    transform: { column: { from: postgres.toCamel } },
    // Every text parameter passes here, so that a NUL in typed text cannot make a statement fail.
    types: {
      string: { to: 25, from: [25], serialize: storableText, parse: (text: string) => text },
      // The schema's columns pass JSON as text (`columns.ts`).
      json: { to: 114, from: [114, 3802], serialize: (text: string) => text, parse: JSON.parse },
    },
    connection: {
      application_name: options.applicationName ?? 'daypass',
      statement_timeout: 15_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 30_000,
      // Nearly all statements find rows by their keys, so one plan is good for any values. Otherwise Postgres would make a new plan
      // each time for those with lists, which costs more than the statement itself. The audit asks for plans of its own.
      plan_cache_mode: 'force_generic_plan',
    },
  })
  const send = sender(sql)
  return {
    sql,
    db: queriesOver(send),
    run: (statement, values) => statement(send, values),
    ping: async () => {
      await sql`select 1`
    },
    close: () => sql.end({ timeout: 5 }),
  }
}
