import { eq } from 'drizzle-orm'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { prepare } from './queries.ts'
import { absences } from './schema/absences.ts'

const ofAccount = prepare(['accountId'], (db, { accountId }) =>
  db.select({ until: absences.until }).from(absences).where(eq(absences.accountId, accountId)),
)

export function awayUntilIn({ run }: Database): Store['awayUntil'] {
  return async (accountId) => {
    const [row] = await run(ofAccount, { accountId })
    return row?.until ?? null
  }
}
