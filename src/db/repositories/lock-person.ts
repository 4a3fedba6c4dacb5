import { eq } from 'drizzle-orm'
import type { Queries } from '../queries.ts'
import { accounts, persons } from '../schema/accounts.ts'
import { isAmong } from '../schema/columns.ts'

/** Locks the person of an account until the transaction ends. Waits for another transaction that has locked the person. */
export function lockPersonOf(db: Queries, accountId: string) {
  const person = db.select({ id: accounts.personId }).from(accounts).where(eq(accounts.id, accountId))
  return db.select({ id: persons.id }).from(persons).where(isAmong(persons.id, person)).for('no key update')
}
