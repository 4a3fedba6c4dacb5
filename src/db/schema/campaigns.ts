import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import {
  type ItemKind,
  type ItemVerdict,
  itemKinds,
  itemVerdicts,
  type UndecidedRule,
  undecidedRules,
} from '../../domain/campaign.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { grants } from './grants.ts'
import { engagements } from './people.ts'
import { preApprovals, requests } from './requests.ts'

/** Access reviews. */
export const campaigns = pgTable(
  'campaigns',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** People read it as `RV-<number>`. */
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    name: text('name').notNull(),
    reviewId: text('review_id'),
    scheduleKey: text('schedule_key'),
    /** Null: all. */
    resourceIds: text('resource_ids').array(),
    of: text('of').array().$type<ItemKind[]>().notNull(),
    leasesLongerThanSeconds: integer('leases_longer_than_seconds').notNull(),
    deadlineSeconds: integer('deadline_seconds').notNull(),
    remindersSeconds: integer('reminders_seconds').array().notNull(),
    undecided: text('undecided').$type<UndecidedRule>().notNull(),
    startedAt: instant('started_at').notNull(),
    startedById: uuid('started_by_id').references(() => accounts.id),
    dueAt: instant('due_at').notNull(),
    collectedAt: instant('collected_at'),
    notCovered: json('not_covered').notNull().default([]),
    remindedAt: instant('reminded_at'),
    escalatedAt: instant('escalated_at'),
    closingAt: instant('closing_at'),
    closedAt: instant('closed_at'),
    signedOffAt: instant('signed_off_at'),
    signedOffById: uuid('signed_off_by_id').references(() => accounts.id),
  },
  (t) => [
    unique('campaigns_one_per_number').on(t.number),
    unique('campaigns_one_per_period').on(t.reviewId, t.scheduleKey),
    check('campaigns_undecided_known', isOneOf(t.undecided, undecidedRules)),
    check('campaigns_due_after_start', sql`${t.dueAt} > ${t.startedAt}`),
    check('campaigns_closed_when_collected', sql`${t.closedAt} is null or ${t.collectedAt} is not null`),
    check('campaigns_signed_off_when_closed', sql`${t.signedOffAt} is null or ${t.closedAt} is not null`),
    check('campaigns_signed_off_say_who', sql`(${t.signedOffAt} is null) = (${t.signedOffById} is null)`),
  ],
)

/** What people had when a review began. Each is decided once, and never by its person: triggers hold that. */
export const campaignItems = pgTable(
  'campaign_items',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    campaignId: uuid('campaign_id')
      .notNull()
      .references(() => campaigns.id),
    kind: text('kind').$type<ItemKind>().notNull(),
    accountId: uuid('account_id').references(() => accounts.id),
    who: text('who').notNull(),
    resourceId: text('resource_id'),
    entitlementId: text('entitlement_id'),
    what: text('what').notNull(),
    since: instant('since'),
    requestId: uuid('request_id').references(() => requests.id),
    grantId: uuid('grant_id').references(() => grants.id),
    preApprovalId: uuid('pre_approval_id').references(() => preApprovals.id),
    engagementId: uuid('engagement_id').references(() => engagements.id),
    standingKey: text('standing_key'),
    /** User ids of those who are asked. */
    reviewers: text('reviewers').array().notNull(),
    byLeads: boolean('by_leads').notNull(),
    verdict: text('verdict').$type<ItemVerdict>(),
    decidedAt: instant('decided_at'),
    /** Null where `decided_at` is set: the rules of the review decided. */
    decidedById: uuid('decided_by_id').references(() => accounts.id),
    reason: text('reason'),
    newEnd: instant('new_end'),
    overAt: instant('over_at'),
    /** Of standing access: when a list of the target lacked it. */
    goneAt: instant('gone_at'),
  },
  (t) => [
    check('campaign_items_kind_known', isOneOf(t.kind, itemKinds)),
    check('campaign_items_verdict_known', isOneOf(t.verdict, itemVerdicts)),
    check(
      'campaign_items_are_about_one_thing',
      sql`(${t.kind} = 'lease') = (${t.grantId} is not null) and (${t.kind} = 'pre_approval') = (${t.preApprovalId} is not null)
        and (${t.kind} = 'engagement') = (${t.engagementId} is not null) and (${t.kind} = 'standing') = (${t.standingKey} is not null)`,
    ),
    check('campaign_items_decided_say_when', sql`(${t.verdict} is null) = (${t.decidedAt} is null)`),
    check(
      'campaign_items_decided_by_nobody_else',
      sql`${t.decidedById} is null or ${t.decidedAt} is not null`,
    ),
    check('campaign_items_over_are_not_decided', sql`${t.overAt} is null or ${t.verdict} is null`),
    check(
      'campaign_items_shortened_say_end',
      sql`(${t.newEnd} is not null) = (${t.verdict} is not distinct from 'shorten')`,
    ),
    index('campaign_items_by_campaign').on(t.campaignId),
  ],
)

/** The messages about a campaign. A row without a `ts` is being posted, or its answer was lost. */
export const campaignPosts = pgTable(
  'campaign_posts',
  {
    campaignId: uuid('campaign_id')
      .notNull()
      .references(() => campaigns.id),
    message: text('message').notNull(),
    channelId: text('channel_id'),
    ts: text('ts'),
    /** SHA-256 of the content. */
    contentHash: text('content_hash'),
    /** The person that the card of a reviewer shows. Null: the first of whom something is undecided. */
    page: integer('page'),
    heldUntil: instant('held_until'),
  },
  (t) => [primaryKey({ name: 'campaign_posts_one_of_each', columns: [t.campaignId, t.message] })],
)
