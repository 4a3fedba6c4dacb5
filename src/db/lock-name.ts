import type { Prepared } from './queries.ts'

/** Locks a name until the transaction ends. Waits for another transaction that has locked it. */
export const lockName: Prepared<{ name: string }, unknown> = (send, { name }) =>
  send('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name], 'execute')
