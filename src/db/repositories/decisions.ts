import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { toDecision } from '../rows/request-row.ts'
import type { DecisionRow } from '../schema/requests.ts'
import { isUuid, jsonText } from '../text.ts'

export function decisionsIn({ sql, ask }: Session): Transaction['decisions'] {
  return {
    insert: async (decision) => {
      const inserted = await ask(sql`
        insert into decisions (request_id, approver_id, approver_person, verdict, reason, policy, decided_at)
        values (${decision.requestId}, ${decision.approverId}, ${decision.approverPerson}, ${decision.verdict},
          ${decision.reason}, ${jsonText(decision.policy)}::text::jsonb, ${decision.decidedAt})
        on conflict do nothing
        returning request_id`)
      return inserted.length > 0
    },
    list: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await ask(sql<DecisionRow[]>`
        select * from decisions where request_id = ${requestId} order by decided_at, approver_id`)
      return rows.map(toDecision)
    },
  }
}
