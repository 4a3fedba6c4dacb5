import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { AuditAction } from '../../domain/audit-event.ts'
import { type SubjectKind, subjectKinds } from '../../domain/subject.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { grants } from './grants.ts'
import { requests } from './requests.ts'

/** Append-only: triggers in the migrations refuse every statement except an insert. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull(),
    /** Null: Daypass itself. */
    actorId: uuid('actor_id').references(() => accounts.id),
    action: text('action').$type<AuditAction>().notNull(),
    subjectKind: text('subject_kind').$type<SubjectKind>(),
    subjectId: text('subject_id'),
    requestId: uuid('request_id').references(() => requests.id),
    grantId: uuid('grant_id').references(() => grants.id),
    accountId: uuid('account_id').references(() => accounts.id),
    resourceId: text('resource_id'),
    entitlementId: text('entitlement_id'),
    policy: json('policy'),
    details: json('details').notNull(),
    /** A salted hash of each free text that the event is about, by its field (`record_texts`). Null: none. */
    said: json('said').$type<Readonly<Record<string, string>>>(),
  },
  (t) => [
    check('audit_events_action_dotted', sql`${t.action} ~ '^[a-z_]+[.][a-z_]+$'`),
    check('audit_events_details_object', sql`jsonb_typeof(${t.details}) = 'object'`),
    check('audit_events_subject_known', isOneOf(t.subjectKind, subjectKinds)),
    check('audit_events_subject_whole', sql`(${t.subjectKind} is null) = (${t.subjectId} is null)`),
    index('audit_events_by_subject').on(t.subjectKind, t.subjectId, t.id),
    index('audit_events_by_request').on(t.requestId, t.id),
    index('audit_events_by_time').on(t.at),
    // Which removals say that events of a request are gone.
    index('audit_events_removed_of')
      .using('gin', sql`(${t.details} -> 'requests')`)
      .where(sql`action = 'record.removed'`),
  ],
)

/** The recent refusals of each account. Beyond a limit in a minute, refusals are counted and have no event of their own. */
export const refusalCounts = pgTable(
  'refusal_counts',
  {
    accountId: uuid('account_id')
      .primaryKey()
      .references(() => accounts.id),
    since: instant('since').notNull(),
    refused: integer('refused').notNull(),
  },
  (t) => [check('refusal_counts_not_negative', sql`${t.refused} >= 0`)],
)

export type AuditEventRow = typeof auditEvents.$inferSelect
export type NewAuditEventRow = typeof auditEvents.$inferInsert
