import type { Faults } from '../domain/store.ts'
import type { Database } from './database.ts'

/** Counts the problems that need a person. */
export async function countFaults({ sql }: Database): Promise<Faults> {
  const [row] = await sql<Faults[]>`
    select
      (select count(*)::integer from grants where status = 'revocation_failed') as failed_revocations,
      (select count(*)::integer from undelivered_messages) as undelivered_messages`
  if (!row) throw new Error('Postgres did not count the faults')
  return row
}
