import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { approverCalls } from '../schema/approver-calls.ts'

export function callsIn({ db }: Session): Transaction['calls'] {
  return {
    insert: async (call) => {
      const rows = await db
        .insert(approverCalls)
        .values(call)
        .onConflictDoNothing()
        .returning({ at: approverCalls.at })
      return rows.length > 0
    },
  }
}
