import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { absences } from '../schema/absences.ts'

export function absencesIn({ db, pipeline }: Session): Transaction['absences'] {
  return {
    save: async (accountId, until) =>
      pipeline(
        db
          .insert(absences)
          .values({ accountId, until })
          .onConflictDoUpdate({ target: absences.accountId, set: { until } }),
      ),
  }
}
