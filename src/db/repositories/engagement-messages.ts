import { and, asc, eq, lte, sql } from 'drizzle-orm'
import {
  type EngagementMessageKey,
  type EngagementPurpose,
  engagementPurposeNames,
} from '../../domain/engagement-message.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { ImpossibleRow } from '../mapping/impossible-row.ts'
import { messageHolds, slackMessages } from '../schema/slack.ts'

/** Messages about engagements are in the tables of all messages, under subjects of their own kind. */
export function engagementMessagesIn({ db, pipeline }: Session): Transaction['engagementMessages'] {
  const release = (key: EngagementMessageKey) =>
    pipeline(db.delete(messageHolds).where(isMessage(messageHolds, key)))

  return {
    list: async (engagementId) => {
      const rows = await db
        .select()
        .from(slackMessages)
        .where(and(eq(slackMessages.subjectKind, 'engagement'), eq(slackMessages.subjectId, engagementId)))
        .orderBy(asc(slackMessages.purpose), asc(slackMessages.variant))
      return rows.map(({ purpose, variant, channelId, ts }) => ({
        engagementId,
        purpose: known(purpose, engagementId),
        variant,
        address: { channelId, ts },
      }))
    },
    claim: async (key, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const { subjectKind, subjectId, purpose, variant } = messageHolds
      const claimed = await db
        .insert(messageHolds)
        .values({ ...columns(key), heldUntil })
        .onConflictDoUpdate({
          target: [subjectKind, subjectId, purpose, variant],
          set: { heldUntil },
          setWhere: lte(messageHolds.heldUntil, now),
        })
        .returning({ purpose: messageHolds.purpose })
      return claimed.length > 0
    },
    release: async (key) => release(key),
    record: async (key, address) => {
      release(key)
      const { subjectKind, subjectId, purpose, variant, copyNumber } = slackMessages
      pipeline(
        db
          .insert(slackMessages)
          .values({ ...columns(key), copyNumber: 0, ...address })
          .onConflictDoUpdate({
            target: [subjectKind, subjectId, purpose, variant, copyNumber],
            set: { ...address },
          }),
      )
    },
  }
}

function columns({ engagementId, purpose, variant }: EngagementMessageKey) {
  return { subjectKind: 'engagement' as const, subjectId: engagementId, purpose, variant }
}

function isMessage(table: typeof messageHolds, { engagementId, purpose, variant }: EngagementMessageKey) {
  return and(
    eq(table.subjectKind, 'engagement'),
    eq(table.subjectId, engagementId),
    sql`${table.purpose} = ${purpose}`,
    eq(table.variant, variant),
  )
}

function known(purpose: string, engagementId: string): EngagementPurpose {
  const found = engagementPurposeNames.find((name) => name === purpose)
  if (!found)
    throw new ImpossibleRow('slack_messages', `engagement/${engagementId}`, `purpose is "${purpose}"`)
  return found
}
