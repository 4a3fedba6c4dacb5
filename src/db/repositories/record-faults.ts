import { and, isNull, lte, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { recordFaults } from '../schema/record.ts'

export function recordFaultsIn({ db }: Session): Transaction['recordFaults'] {
  return {
    note: async (fault, at) => {
      const rows = await db
        .insert(recordFaults)
        .values({ fault, foundAt: at })
        // Changes nothing, and returns the row that is there.
        .onConflictDoUpdate({ target: recordFaults.fault, set: { fault: sql`excluded.fault` } })
        .returning({ acknowledgedAt: recordFaults.acknowledgedAt })
      return rows[0]?.acknowledgedAt === null
    },
    acknowledge: async (until, byId, at) => {
      const rows = await db
        .update(recordFaults)
        .set({ acknowledgedAt: at, acknowledgedById: byId })
        .where(and(isNull(recordFaults.acknowledgedAt), lte(recordFaults.foundAt, until)))
        .returning({ fault: recordFaults.fault })
      return rows.map(({ fault }) => fault)
    },
  }
}
