import { type SQL, sql } from 'drizzle-orm'

/** Locks a name until the transaction ends. Waits for another transaction that has locked it. */
export function lockName(name: string): SQL {
  return sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}
