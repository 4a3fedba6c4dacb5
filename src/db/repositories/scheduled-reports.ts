import { sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'

export function scheduledReportsIn({ db }: Session): Transaction['scheduledReports'] {
  return {
    claim: async (id, dueAt) => {
      const [row] = await db.execute<{ isNew: boolean }>(sql`
        insert into scheduled_reports as s (id, due_at) values (${id}, ${dueAt.toISOString()}::timestamptz)
        on conflict (id) do update set due_at = excluded.due_at where s.due_at < excluded.due_at
        returning xmax = 0 as is_new`)
      return row ? !row.isNew : false
    },
  }
}
