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
import {
  type AskedFor,
  askedForKinds,
  type RequestStatus,
  requestStatuses,
  verdicts,
} from '../../domain/request.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'

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
    terms: json('terms').notNull(),
    durationSeconds: integer('duration_seconds').notNull(),
    justification: text('justification').notNull(),
    ticket: text('ticket'),
    policy: json('policy').notNull(),
    /** A rule approved it, without an approver. Generated from `policy`, so that the two cannot disagree. */
    selfServed: boolean('self_served')
      .notNull()
      .generatedAlwaysAs(
        sql`coalesce(policy ->> 'action' = 'selfServe' and policy ->> 'allowed' = 'true', false)`,
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
    check('requests_closed_say_when', sql`(${t.status} = 'pending') = (${t.closedAt} is null)`),
    check('requests_terms_name_approvals', sql`is_approval_plan(approval_plan(${t.terms}))`),
    // With the resource, so that a question about both needs the index alone.
    index('requests_by_requester').on(t.requesterId, t.submittedAt, t.resourceId),
    index('requests_by_resource').on(t.resourceId, t.submittedAt),
    index('requests_by_time').on(t.submittedAt, t.number),
    index('requests_pending').on(t.requesterId).where(sql`status = 'pending'`),
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
    decidedAt: instant('decided_at').notNull(),
  },
  (t) => [
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
