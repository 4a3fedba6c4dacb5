import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { MessageKey } from '../../domain/message.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { keyColumns, toMessageKey } from '../mapping/message-key.ts'
import { prepare } from '../queries.ts'
import { messageHolds, slackMessages } from '../schema/slack.ts'
import { columnsOf, isAboutAny, isMessage } from './message-conditions.ts'
import { undeliveredIn } from './undelivered.ts'

const messagesAbout = prepare(['kinds', 'ids'], (db, columns) =>
  db
    .select()
    .from(slackMessages)
    .where(isAboutAny(slackMessages, columns))
    .orderBy(asc(slackMessages.purpose), asc(slackMessages.variant), asc(slackMessages.copyNumber)),
)

export function messagesIn(session: Session): Transaction['messages'] {
  const { db, run, pipeline } = session
  const release = (key: MessageKey) => pipeline(db.delete(messageHolds).where(isMessage(messageHolds, key)))

  return {
    ...undeliveredIn(session),
    list: async (subjects) => {
      const rows = await run(messagesAbout, columnsOf(subjects))
      return rows.map(({ channelId, ts, ...row }) => ({ ...toMessageKey(row), channelId, ts }))
    },
    claim: async (key, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const claimed = await db
        .insert(messageHolds)
        .values({ ...keyColumns(key), heldUntil })
        .onConflictDoUpdate({
          target: [
            messageHolds.subjectKind,
            messageHolds.subjectId,
            messageHolds.purpose,
            messageHolds.variant,
          ],
          set: { heldUntil },
          setWhere: lte(messageHolds.heldUntil, now),
        })
        .returning({ purpose: messageHolds.purpose })
      return claimed.length > 0
    },
    release: async (key) => release(key),
    record: async (key, { channelId, ts }) => {
      release(key)
      // A separate statement: the snapshot of the next one is then taken after the lock, and counts every copy.
      pipeline(db.execute(lockName(`slack_messages ${key.subject.kind} ${key.subject.id}`)))
      const copyNumber = sql<number>`(
        select coalesce(max(${slackMessages.copyNumber}) + 1, 0) from ${slackMessages} where ${isMessage(slackMessages, key)})`
      pipeline(
        db
          .insert(slackMessages)
          .values({ ...keyColumns(key), copyNumber, channelId, ts })
          .onConflictDoNothing(),
      )
    },
    forget: async (key, { channelId, ts }) => {
      const isThere = and(eq(slackMessages.channelId, channelId), eq(slackMessages.ts, ts))
      pipeline(db.delete(slackMessages).where(and(isMessage(slackMessages, key), isThere)))
    },
  }
}
