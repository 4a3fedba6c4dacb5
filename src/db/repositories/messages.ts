import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { MessagePurpose } from '../../domain/effect.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { toPurpose } from '../mapping/outbox-entry.ts'
import { messageHolds, slackMessages } from '../schema/slack.ts'
import { isUuid } from '../text.ts'
import { undeliveredIn } from './undelivered.ts'

export function messagesIn(session: Session): Transaction['messages'] {
  const { db, pipeline } = session
  const about = (requestId: string, purpose: MessagePurpose) =>
    and(eq(slackMessages.requestId, requestId), eq(slackMessages.purpose, purpose))
  const release = (requestId: string, purpose: MessagePurpose) =>
    pipeline(
      db
        .delete(messageHolds)
        .where(and(eq(messageHolds.requestId, requestId), eq(messageHolds.purpose, purpose))),
    )

  return {
    ...undeliveredIn(session),
    find: async (requestId, purpose) => {
      if (!isUuid(requestId)) return null
      const [row] = await db
        .select({ channelId: slackMessages.channelId, ts: slackMessages.ts })
        .from(slackMessages)
        .where(and(about(requestId, purpose), eq(slackMessages.copyNumber, 0)))
      return row ?? null
    },
    list: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await db
        .select()
        .from(slackMessages)
        .where(eq(slackMessages.requestId, requestId))
        .orderBy(asc(slackMessages.purpose), asc(slackMessages.copyNumber))
      return rows.map(({ purpose, copyNumber, channelId, ts }) => ({
        purpose: toPurpose(purpose, 'slack_messages', `${requestId}/${purpose}/${copyNumber}`),
        channelId,
        ts,
      }))
    },
    claim: async (requestId, purpose, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const claimed = await db
        .insert(messageHolds)
        .values({ requestId, purpose, heldUntil })
        .onConflictDoUpdate({
          target: [messageHolds.requestId, messageHolds.purpose],
          set: { heldUntil },
          setWhere: lte(messageHolds.heldUntil, now),
        })
        .returning({ purpose: messageHolds.purpose })
      return claimed.length > 0
    },
    release: async (requestId, purpose) => release(requestId, purpose),
    record: async (requestId, purpose, at) => {
      release(requestId, purpose)
      // A statement of its own, so that the next one's snapshot is younger than the lock and counts every copy.
      pipeline(db.execute(lockName(`slack_messages ${requestId}`)))
      const copyNumber = sql<number>`(
        select coalesce(max(${slackMessages.copyNumber}) + 1, 0) from ${slackMessages} where ${about(requestId, purpose)})`
      pipeline(
        db
          .insert(slackMessages)
          .values({ requestId, purpose, copyNumber, channelId: at.channelId, ts: at.ts })
          .onConflictDoNothing({
            target: [
              slackMessages.requestId,
              slackMessages.purpose,
              slackMessages.channelId,
              slackMessages.ts,
            ],
          }),
      )
    },
    forget: async (requestId, purpose, at) =>
      pipeline(
        db
          .delete(slackMessages)
          .where(
            and(
              about(requestId, purpose),
              eq(slackMessages.channelId, at.channelId),
              eq(slackMessages.ts, at.ts),
            ),
          ),
      ),
  }
}
