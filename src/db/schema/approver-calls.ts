import { sql } from 'drizzle-orm'
import { check, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type ApproverCall, approverCallKinds } from '../../domain/approver-call.ts'
import { instant, isOneOf } from './columns.ts'
import { requests } from './requests.ts'

/** The calls to those who may decide a request that waits. */
export const approverCalls = pgTable(
  'approver_calls',
  {
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    kind: text('kind').$type<ApproverCall['kind']>().notNull(),
    answers: integer('answers').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [
    primaryKey({ name: 'approver_calls_once', columns: [t.requestId, t.kind, t.answers] }),
    check('approver_calls_kind_known', isOneOf(t.kind, approverCallKinds)),
    // So the requester nudges once.
    check('approver_calls_nudge_once', sql`${t.kind} <> 'nudge' or ${t.answers} = 0`),
  ],
)
