import { and, asc, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { toPurpose } from '../mapping/outbox-entry.ts'
import { undeliveredMessages } from '../schema/slack.ts'
import { isUuid } from '../text.ts'

type Undelivered = Pick<Transaction['messages'], 'listUndelivered' | 'noteUndelivered' | 'clearUndelivered'>

export function undeliveredIn({ db, pipeline }: Session): Undelivered {
  return {
    listUndelivered: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await db
        .select()
        .from(undeliveredMessages)
        .where(eq(undeliveredMessages.requestId, requestId))
        .orderBy(asc(undeliveredMessages.purpose))
      return rows.map(({ requestId: id, ...row }) => ({
        ...row,
        purpose: toPurpose(row.purpose, 'undelivered_messages', `${id}/${row.purpose}`),
      }))
    },
    noteUndelivered: async (requestId, { purpose, channelId, code, problem, since }) => {
      // Two that fail in one channel at once wait for each other here, so that one of them speaks.
      const group = channelId ?? code
      pipeline(db.execute(lockName(`undelivered_messages ${group}`)))
      const told = sql<boolean>`${purpose}::text not like 'security:%' and not exists (
        select from undelivered_messages where told and coalesce(channel_id, code) = ${group})`
      const [row] = await db
        .insert(undeliveredMessages)
        .values({ requestId, purpose, channelId, code, problem, since, told })
        .onConflictDoUpdate({
          target: [undeliveredMessages.requestId, undeliveredMessages.purpose],
          set: { channelId, code, problem, told: sql`${undeliveredMessages.told} or excluded.told` },
        })
        .returning({ told: undeliveredMessages.told })
      return row?.told ?? false
    },
    clearUndelivered: async (requestId, purpose) =>
      pipeline(
        db
          .delete(undeliveredMessages)
          .where(and(eq(undeliveredMessages.requestId, requestId), eq(undeliveredMessages.purpose, purpose))),
      ),
  }
}
