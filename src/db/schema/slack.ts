import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import type { EngagementPurpose } from '../../domain/engagement-message.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import { type SubjectKind, subjectKinds } from '../../domain/subject.ts'
import { instant, isOneOf } from './columns.ts'

/** The key of a message. There is no foreign key, because the table that `subject_id` refers to depends on `subject_kind`. */
function messageKey() {
  return {
    subjectKind: text('subject_kind').$type<SubjectKind>().notNull(),
    subjectId: text('subject_id').notNull(),
    purpose: text('purpose').$type<MessagePurpose | EngagementPurpose>().notNull(),
    variant: integer('variant').notNull(),
  }
}

export const slackMessages = pgTable(
  'slack_messages',
  {
    ...messageKey(),
    /** 0: the message. From 1: copies, which exist when Slack's answer to a post was lost. */
    copyNumber: integer('copy_number').notNull(),
    channelId: text('channel_id').notNull(),
    ts: text('ts').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'slack_messages_numbered',
      columns: [t.subjectKind, t.subjectId, t.purpose, t.variant, t.copyNumber],
    }),
    unique('slack_messages_recorded_once').on(
      t.subjectKind,
      t.subjectId,
      t.purpose,
      t.variant,
      t.channelId,
      t.ts,
    ),
    check('slack_messages_subject_known', isOneOf(t.subjectKind, subjectKinds)),
    check('slack_messages_copy_not_negative', sql`${t.copyNumber} >= 0`),
  ],
)

/** The holds on messages that are being posted or edited, so that no two processes do it at once. */
export const messageHolds = pgTable(
  'message_holds',
  {
    ...messageKey(),
    heldUntil: instant('held_until').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'message_holds_one_at_a_time',
      columns: [t.subjectKind, t.subjectId, t.purpose, t.variant],
    }),
  ],
)

/** Messages that Slack refused, while delivery is retried. */
export const undeliveredMessages = pgTable(
  'undelivered_messages',
  {
    ...messageKey(),
    channelId: text('channel_id'),
    code: text('code').notNull(),
    problem: text('problem').notNull(),
    since: instant('since').notNull(),
    told: boolean('told').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'undelivered_messages_once',
      columns: [t.subjectKind, t.subjectId, t.purpose, t.variant],
    }),
  ],
)

export const interactions = pgTable(
  'interactions',
  {
    key: text('key').primaryKey(),
    handledAt: instant('handled_at').notNull(),
  },
  (t) => [index('interactions_by_time').on(t.handledAt)],
)

export type SlackMessageRow = typeof slackMessages.$inferSelect
export type UndeliveredMessageRow = typeof undeliveredMessages.$inferSelect
