import { eq } from 'drizzle-orm'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { refusalCounts } from '../schema/audit.ts'

export function refusalsIn({ db, pipeline }: Session): Transaction['refusals'] {
  return {
    lock: async (accountId, now) => {
      pipeline(db.insert(refusalCounts).values({ accountId, since: now, refused: 0 }).onConflictDoNothing())
      const [row] = await db
        .select({ since: refusalCounts.since, refused: refusalCounts.refused })
        .from(refusalCounts)
        .where(eq(refusalCounts.accountId, accountId))
        .for('no key update')
      if (!row) throw new Error(`The refusals of account ${accountId} are not counted`)
      return row
    },
    save: async (accountId, { since, refused }) =>
      pipeline(
        db.update(refusalCounts).set({ since, refused }).where(eq(refusalCounts.accountId, accountId)),
      ),
  }
}
