import postgres from 'postgres'
import { type Queries, queriesOver, sender } from './queries.ts'
import { storableText } from './text.ts'

/** A pool of connections to Postgres, for the adapters in this folder. */
export interface Database {
  readonly sql: postgres.Sql
  /** For single statements, each a transaction by itself. */
  readonly db: Queries
  /** Rejects when Postgres does not answer. */
  ping(): Promise<void>
  /** Lets running statements end, for five seconds at most. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Most connections at once. Default 10. */
  readonly poolSize?: number
  /** Shown in `pg_stat_activity`. Default `daypass`. */
  readonly applicationName?: string
}

/**
 * Opens nothing yet: the first statement connects. Statements are prepared once a connection and pipelined. Rows come with
 * camel-case names, as drizzle's types of them have.
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
    // Every text on its way in passes here, so that no NUL that somebody typed can fail a statement.
    types: {
      string: { to: 25, from: [25], serialize: storableText, parse: (text: string) => text },
      // The schema's columns hand over JSON as text (`columns.ts`).
      json: { to: 114, from: [114, 3802], serialize: (text: string) => text, parse: JSON.parse },
    },
    connection: {
      application_name: options.applicationName ?? 'daypass',
      statement_timeout: 15_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 30_000,
    },
  })
  return {
    sql,
    db: queriesOver(sender(sql)),
    ping: async () => {
      await sql`select 1`
    },
    close: () => sql.end({ timeout: 5 }),
  }
}
