import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { grants } from './grants.ts'

/** One message in a channel that tells many endings. Endings join it until it is closed, which its delivery does first. */
export const endingDigests = pgTable(
  'ending_digests',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    channelId: text('channel_id').notNull(),
    openedAt: instant('opened_at').notNull(),
    closedAt: instant('closed_at'),
    /** A process is posting it until then. */
    heldUntil: instant('held_until'),
    /** Slack's timestamp of the message. Null: not posted yet. */
    ts: text('ts'),
  },
  (t) => [
    uniqueIndex('ending_digests_one_open').on(t.channelId).where(sql`closed_at is null`),
    check('ending_digests_posted_when_closed', sql`${t.ts} is null or ${t.closedAt} is not null`),
  ],
)

export const digestedEndings = pgTable(
  'digested_endings',
  {
    grantId: uuid('grant_id')
      .primaryKey()
      .references(() => grants.id),
    digestId: uuid('digest_id')
      .notNull()
      .references(() => endingDigests.id),
  },
  (t) => [index('digested_endings_by_digest').on(t.digestId)],
)
