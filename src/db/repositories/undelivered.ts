import { asc, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { keyColumns, toMessageKey } from '../mapping/message-key.ts'
import { prepare } from '../queries.ts'
import { undeliveredMessages } from '../schema/slack.ts'
import { columnsOf, isAboutAny, isMessage } from './message-conditions.ts'

type Undelivered = Pick<Transaction['messages'], 'listUndelivered' | 'noteUndelivered' | 'clearUndelivered'>

const undeliveredAbout = prepare(['kinds', 'ids'], (db, columns) =>
  db
    .select()
    .from(undeliveredMessages)
    .where(isAboutAny(undeliveredMessages, columns))
    .orderBy(asc(undeliveredMessages.purpose), asc(undeliveredMessages.variant)),
)

export function undeliveredIn({ db, run, pipeline }: Session): Undelivered {
  return {
    listUndelivered: async (subjects) => {
      const rows = await run(undeliveredAbout, columnsOf(subjects))
      return rows.map(({ channelId, code, problem, since, told, ...row }) => ({
        ...toMessageKey(row),
        channelId,
        code,
        problem,
        since,
        told,
      }))
    },
    noteUndelivered: async ({ channelId, code, problem, since, ...key }, mayTell) => {
      // Two messages that fail in one channel at once wait for each other here, so that only one is reported.
      const group = channelId ?? code
      pipeline(db.execute(lockName(`undelivered_messages ${group}`)))
      const told = sql<boolean>`${mayTell}::boolean and not exists (
        select from undelivered_messages where told and coalesce(channel_id, code) = ${group})`
      const [row] = await db
        .insert(undeliveredMessages)
        .values({ ...keyColumns(key), channelId, code, problem, since, told })
        .onConflictDoUpdate({
          target: [
            undeliveredMessages.subjectKind,
            undeliveredMessages.subjectId,
            undeliveredMessages.purpose,
            undeliveredMessages.variant,
          ],
          set: { channelId, code, problem, told: sql`${undeliveredMessages.told} or excluded.told` },
        })
        .returning({ told: undeliveredMessages.told })
      return row?.told ?? false
    },
    clearUndelivered: async (key) =>
      pipeline(db.delete(undeliveredMessages).where(isMessage(undeliveredMessages, key))),
  }
}
