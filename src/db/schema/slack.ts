import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { requests } from './requests.ts'

export const slackMessages = pgTable(
  'slack_messages',
  {
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    purpose: text('purpose').notNull(),
    /** 0 is the message itself; what was posted twice by a lost answer counts up from 1. */
    copyNumber: integer('copy_number').notNull(),
    channelId: text('channel_id').notNull(),
    ts: text('ts').notNull(),
  },
  (t) => [
    primaryKey({ name: 'slack_messages_numbered', columns: [t.requestId, t.purpose, t.copyNumber] }),
    unique('slack_messages_recorded_once').on(t.requestId, t.purpose, t.channelId, t.ts),
    check('slack_messages_copy_not_negative', sql`${t.copyNumber} >= 0`),
  ],
)

/** Who is posting or editing a message just now, so that no two do at once. */
export const messageHolds = pgTable(
  'message_holds',
  {
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    purpose: text('purpose').notNull(),
    heldUntil: instant('held_until').notNull(),
  },
  (t) => [primaryKey({ name: 'message_holds_one_at_a_time', columns: [t.requestId, t.purpose] })],
)

/** Messages that Slack would not take, for as long as they are tried again. */
export const undeliveredMessages = pgTable(
  'undelivered_messages',
  {
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    purpose: text('purpose').notNull(),
    channelId: text('channel_id'),
    code: text('code').notNull(),
    problem: text('problem').notNull(),
    since: instant('since').notNull(),
    told: boolean('told').notNull(),
  },
  (t) => [primaryKey({ name: 'undelivered_messages_once', columns: [t.requestId, t.purpose] })],
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
