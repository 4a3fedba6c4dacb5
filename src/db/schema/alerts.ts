import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { type AlertState, alertStates } from '../../domain/noticing/alert.ts'
import { type AlertAudience, alertAudiences } from '../../domain/noticing/setting.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { grants } from './grants.ts'
import { requests } from './requests.ts'

/** What a rule noticed. An alert keeps what it says, and is answered once; a trigger holds it. */
export const alerts = pgTable(
  'alerts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** People read it as `AL-<number>`. */
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    rule: text('rule').notNull(),
    occurrence: text('occurrence').notNull(),
    /** The rule says how often it speaks about one subject. */
    subject: text('subject').notNull(),
    headline: text('headline').notNull(),
    /** Addresses in it are removed with what was seen of the lease. */
    evidence: json('evidence').notNull(),
    audience: text('audience').$type<AlertAudience>().notNull(),
    raisedAt: instant('raised_at').notNull(),
    /** In a storm, alerts with the same id stand in one message. */
    digestId: uuid('digest_id'),
    aboutId: uuid('about_id').references(() => accounts.id),
    alsoAboutId: uuid('also_about_id').references(() => accounts.id),
    requestId: uuid('request_id').references(() => requests.id),
    grantId: uuid('grant_id').references(() => grants.id),
    resourceId: text('resource_id'),
    entitlementId: text('entitlement_id'),
    state: text('state').$type<AlertState>().notNull().default('open'),
    answeredAt: instant('answered_at'),
    answeredById: uuid('answered_by_id').references(() => accounts.id),
    reason: text('reason'),
    mutedUntil: instant('muted_until'),
  },
  (t) => [
    unique('alerts_one_per_number').on(t.number),
    unique('alerts_notice_once').on(t.rule, t.occurrence),
    check('alerts_audience_known', isOneOf(t.audience, alertAudiences)),
    check('alerts_state_known', isOneOf(t.state, alertStates)),
    check(
      'alerts_answered_say_who',
      sql`(${t.state} = 'open') = (${t.answeredAt} is null) and (${t.answeredAt} is null) = (${t.answeredById} is null)`,
    ),
    check(
      'alerts_acknowledged_say_why',
      sql`(${t.state} = 'acknowledged') = (coalesce(btrim(${t.reason}), '') <> '')`,
    ),
    check('alerts_muted_when_acknowledged', sql`${t.mutedUntil} is null or ${t.state} = 'acknowledged'`),
    check('alerts_revoked_name_a_grant', sql`${t.state} <> 'revoked' or ${t.grantId} is not null`),
    index('alerts_by_subject').on(t.rule, t.subject, t.raisedAt),
    index('alerts_by_time').on(t.raisedAt),
    index('alerts_by_digest').on(t.digestId).where(sql`digest_id is not null`),
    index('alerts_by_request').on(t.requestId),
    index('alerts_by_grant').on(t.grantId),
  ],
)

/** The messages about alerts. `message_id` is an alert or a digest. */
export const alertPosts = pgTable(
  'alert_posts',
  {
    messageId: uuid('message_id').notNull(),
    channelId: text('channel_id').notNull(),
    ts: text('ts'),
    contentHash: text('content_hash'),
  },
  (t) => [primaryKey({ name: 'alert_posts_one_per_channel', columns: [t.messageId, t.channelId] })],
)

/** One row: how far the rules have read the record. */
export const noticingState = pgTable(
  'noticing_state',
  {
    isOnly: boolean('is_only').primaryKey().default(true),
    /** The next position of the record. */
    position: bigint('position', { mode: 'number' }).notNull(),
    /** Events up to this one were written before there were rules. */
    beganAfterId: bigint('began_after_id', { mode: 'number' }).notNull(),
  },
  (t) => [
    check('noticing_state_is_one_row', sql`${t.isOnly}`),
    check('noticing_state_not_negative', sql`${t.position} >= 0`),
  ],
)

export type AlertRow = typeof alerts.$inferSelect
