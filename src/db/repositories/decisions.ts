import { asc, eq } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { decisionColumns, toDecision } from '../mapping/request.ts'
import { prepare } from '../queries.ts'
import { rowValues } from '../row-values.ts'
import { accounts } from '../schema/accounts.ts'
import { decisions } from '../schema/requests.ts'
import { isUuid } from '../text.ts'

const ofRequest = prepare(['requestId'], (db, { requestId }) =>
  db
    .select(decisionColumns)
    .from(decisions)
    .innerJoin(accounts, eq(accounts.id, decisions.approverId))
    .where(eq(decisions.requestId, requestId))
    .orderBy(asc(decisions.number)),
)

const row = rowValues(decisions, [
  'requestId',
  'approverId',
  'approverPerson',
  'stage',
  'countsAs',
  'durationSeconds',
  'verdict',
  'reason',
  'policy',
  'stepUpId',
  'decidedAt',
])
const insert = prepare(row.names, (db) =>
  db
    .insert(decisions)
    .values(row.placeholders)
    .onConflictDoNothing()
    .returning({ requestId: decisions.requestId }),
)

export function decisionsIn({ run }: Session): Transaction['decisions'] {
  return {
    insert: async (decision) => {
      const inserted = await run(insert, row.of({ ...decision, countsAs: [...decision.countsAs] }))
      return inserted.length > 0
    },
    list: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await run(ofRequest, { requestId })
      return rows.map(toDecision)
    },
  }
}
