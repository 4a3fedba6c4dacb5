import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import {
  type AskedFor,
  askedForKinds,
  type How,
  type RequestStatus,
  requestStatuses,
  verdicts,
} from '../../domain/request.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { engagements } from './people.ts'
import { stepUps } from './step-ups.ts'

export const requests = pgTable(
  'requests',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** People read it as `AR-<number>`. */
    number: integer('number').notNull().generatedAlwaysAsIdentity({ startWith: 1001 }),
    submissionKey: text('submission_key').notNull(),
    requesterId: uuid('requester_id')
      .notNull()
      .references(() => accounts.id),
    asksForKind: text('asks_for_kind').$type<AskedFor['kind']>().notNull(),
    resourceId: text('resource_id').notNull(),
    entitlementId: text('entitlement_id').notNull(),
    /** Of an extension: the grant whose lease it extends. Its foreign key is in the migration, because `grants` refers to this table. */
    extendsGrantId: uuid('extends_grant_id'),
    /** Of an action: the values, the exact text and its hash. */
    action: json('action'),
    terms: json('terms').notNull(),
    durationSeconds: integer('duration_seconds').notNull(),
    /** The planned start. Null: as soon as it is approved. */
    startsAt: instant('starts_at'),
    justification: text('justification').notNull(),
    ticket: text('ticket'),
    /** What the tracker said of the ticket. */
    ticketCheck: json('ticket_check'),
    policy: json('policy').notNull(),
    preApprovalId: uuid('pre_approval_id').references((): AnyPgColumn => preApprovals.id),
    /** How it is approved. Generated, so that it agrees with the stored policy result. */
    how: text('how')
      .$type<How>()
      .notNull()
      .generatedAlwaysAs(
        sql`case
          when coalesce(policy ->> 'allowed', '') <> 'true' then 'approval'
          when pre_approval_id is not null then 'pre_approval'
          when policy ->> 'action' = 'selfServe' then 'self_serve'
          when policy ->> 'action' = 'breakGlass' then 'break_glass'
          else 'approval' end`,
      ),
    status: text('status').$type<RequestStatus>().notNull(),
    submittedAt: instant('submitted_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    closedAt: instant('closed_at'),
  },
  (t) => [
    unique('requests_one_per_number').on(t.number),
    unique('requests_one_per_submission').on(t.submissionKey),
    check('requests_ask_for_known_kind', isOneOf(t.asksForKind, askedForKinds)),
    check('requests_status_known', isOneOf(t.status, requestStatuses)),
    check('requests_duration_positive', sql`${t.durationSeconds} > 0`),
    check('requests_expire_after_submission', sql`${t.expiresAt} > ${t.submittedAt}`),
    check('requests_start_after_submission', sql`${t.startsAt} > ${t.submittedAt}`),
    check(
      'requests_extensions_have_no_start',
      sql`${t.startsAt} is null or ${t.asksForKind} = 'entitlement'`,
    ),
    check('requests_break_glass_at_once', sql`${t.startsAt} is null or ${t.how} <> 'break_glass'`),
    check(
      'requests_expire_by_planned_end',
      sql`${t.expiresAt} <= ${t.startsAt} + make_interval(secs => ${t.durationSeconds})`,
    ),
    check('requests_closed_say_when', sql`(${t.status} = 'pending') = (${t.closedAt} is null)`),
    check('requests_terms_name_approvals', sql`is_approval_plan(approval_plan(${t.terms}))`),
    check(
      'requests_break_glass_within_limit',
      sql`${t.how} <> 'break_glass' or ${t.durationSeconds} <= coalesce((${t.terms} ->> 'breakGlassSeconds')::integer, 0)`,
    ),
    check(
      'requests_extensions_name_a_grant',
      sql`(${t.asksForKind} = 'extension') = (${t.extendsGrantId} is not null)`,
    ),
    check('requests_actions_say_what', sql`(${t.asksForKind} = 'action') = (${t.action} is not null)`),
    uniqueIndex('requests_one_pending_extension')
      .on(t.extendsGrantId)
      .where(sql`status = 'pending' and extends_grant_id is not null`),
    index('requests_by_extended_grant').on(t.extendsGrantId).where(sql`extends_grant_id is not null`),
    index('requests_by_ticket')
      .on(sql`(ticket_check ->> 'trackerId')`, sql`(ticket_check ->> 'key')`)
      .where(sql`ticket_check is not null`),
    index('requests_by_rule').on(t.requesterId, t.submittedAt).where(sql`how = 'self_serve'`),
    // With the resource, so that a question about both needs the index alone.
    index('requests_by_requester').on(t.requesterId, t.submittedAt, t.resourceId),
    index('requests_by_resource').on(t.resourceId, t.submittedAt),
    index('requests_by_time').on(t.submittedAt, t.number),
    index('requests_pending').on(t.requesterId).where(sql`status = 'pending'`),
  ],
)

/** Approvals of further requests in advance. Triggers refuse one for oneself, and every use that it does not cover. */
export const preApprovals = pgTable(
  'pre_approvals',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** People read it as `PA-<number>`. */
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    madeById: uuid('made_by_id')
      .notNull()
      .references(() => accounts.id),
    madeAt: instant('made_at').notNull(),
    goodThrough: instant('good_through').notNull(),
    maxDurationSeconds: integer('max_duration_seconds').notNull(),
    reason: text('reason').notNull(),
    engagementId: uuid('engagement_id').references(() => engagements.id),
    policy: json('policy').notNull(),
    withdrawnAt: instant('withdrawn_at'),
    withdrawnById: uuid('withdrawn_by_id').references(() => accounts.id),
  },
  (t) => [
    unique('pre_approvals_one_per_number').on(t.number),
    check('pre_approvals_good_after_made', sql`${t.goodThrough} > ${t.madeAt}`),
    check('pre_approvals_duration_positive', sql`${t.maxDurationSeconds} > 0`),
    check('pre_approvals_say_why', sql`btrim(${t.reason}) <> ''`),
    check(
      'pre_approvals_withdrawn_say_when',
      sql`${t.withdrawnById} is null or ${t.withdrawnAt} is not null`,
    ),
    index('pre_approvals_by_request').on(t.requestId),
    index('pre_approvals_open_by_end').on(t.goodThrough).where(sql`withdrawn_at is null`),
  ],
)

export const decisions = pgTable(
  'decisions',
  {
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    approverId: uuid('approver_id')
      .notNull()
      .references(() => accounts.id),
    approverPerson: text('approver_person').notNull(),
    /** The order of the decisions of one request. Their times may be equal. */
    number: bigint('number', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    stage: integer('stage').notNull(),
    countsAs: text('counts_as').array().notNull(),
    durationSeconds: integer('duration_seconds'),
    verdict: text('verdict').$type<(typeof verdicts)[number]>().notNull(),
    reason: text('reason'),
    policy: json('policy').notNull(),
    stepUpId: uuid('step_up_id').references(() => stepUps.id),
    decidedAt: instant('decided_at').notNull(),
  },
  (t) => [
    unique('decisions_one_per_step_up').on(t.stepUpId),
    primaryKey({ name: 'decisions_one_per_approver', columns: [t.requestId, t.approverId, t.stage] }),
    unique('decisions_one_per_person').on(t.requestId, t.approverPerson, t.stage),
    check('decisions_stage_not_negative', sql`${t.stage} >= 0`),
    check(
      'decisions_approve_for_some_time',
      sql`${t.durationSeconds} is null or (${t.verdict} = 'approve' and ${t.durationSeconds} > 0)`,
    ),
    check('decisions_verdict_known', isOneOf(t.verdict, verdicts)),
    check('decisions_deny_says_why', sql`${t.verdict} <> 'deny' or coalesce(btrim(${t.reason}), '') <> ''`),
  ],
)

export type RequestRow = typeof requests.$inferSelect
export type DecisionRow = typeof decisions.$inferSelect
export type PreApprovalRow = typeof preApprovals.$inferSelect
