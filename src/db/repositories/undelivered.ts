import { asc, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { keyColumns, toMessageKey } from '../mapping/message-key.ts'
import { prepare } from '../queries.ts'
import { undeliveredMessages } from '../schema/slack.ts'
import { columnsOf, isAboutAny, isMessage, keyNames } from './message-conditions.ts'

type Undelivered = Pick<Transaction['messages'], 'listUndelivered' | 'noteUndelivered' | 'clearUndelivered'>

const ofSubjects = prepare(['kinds', 'ids'], (db, subjects) =>
  db
    .select()
    .from(undeliveredMessages)
    .where(isAboutAny(undeliveredMessages, subjects))
    .orderBy(asc(undeliveredMessages.purpose), asc(undeliveredMessages.variant)),
)
const remove = prepare(keyNames, (db, key) =>
  db.delete(undeliveredMessages).where(isMessage(undeliveredMessages, key)),
)

export function undeliveredIn({ db, run, pipeline }: Session): Undelivered {
  return {
    listUndelivered: async (subjects) => {
      const rows = await run(ofSubjects, columnsOf(subjects))
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
      pipeline(run(lockName, { name: `undelivered_messages ${group}` }))
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
    clearUndelivered: async (key) => pipeline(run(remove, keyColumns(key))),
  }
}
