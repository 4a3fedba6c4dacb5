import { type SQL, sql } from 'drizzle-orm'

/** Waits for whoever locked the same name, and holds it until the transaction ends. */
export function lockName(name: string): SQL {
  return sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
