import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type TaskDirection, type TaskStatus, taskDirections, taskStatuses } from '../../domain/task.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf } from './columns.ts'
import { grants } from './grants.ts'

/** The work of people at targets without an API. Triggers refuse every change of an answer, and an answer of the holder. */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid('id').primaryKey(),
    grantId: uuid('grant_id')
      .notNull()
      .references(() => grants.id),
    direction: text('direction').$type<TaskDirection>().notNull(),
    status: text('status').$type<TaskStatus>().notNull(),
    openedAt: instant('opened_at').notNull(),
    role: text('role').notNull(),
    login: text('login'),
    instructions: text('instructions'),
    runbook: text('runbook'),
    /** Nobody has confirmed that it was given. */
    isUncertain: boolean('is_uncertain').notNull(),
    assignees: text('assignees').array().notNull(),
    /** Null: each reader has a direct message. */
    channelId: text('channel_id'),
    readers: text('readers').array().notNull(),
    remindAfterSeconds: integer('remind_after_seconds').notNull(),
    doneAt: instant('done_at'),
    doneById: uuid('done_by_id').references(() => accounts.id),
    whatWasDone: text('what_was_done'),
    evidence: text('evidence'),
    howToConnect: text('how_to_connect'),
    refusedAt: instant('refused_at'),
    refusedById: uuid('refused_by_id').references(() => accounts.id),
    refusalReason: text('refusal_reason'),
    withdrawnAt: instant('withdrawn_at'),
  },
  (t) => [
    unique('tasks_one_per_direction').on(t.grantId, t.direction),
    check('tasks_direction_known', isOneOf(t.direction, taskDirections)),
    check('tasks_status_known', isOneOf(t.status, taskStatuses)),
    check('tasks_remind_later', sql`${t.remindAfterSeconds} > 0`),
    check(
      'tasks_done_say_who_and_what',
      sql`(${t.status} = 'done') = (num_nulls(${t.doneAt}, ${t.doneById}, ${t.whatWasDone}, ${t.evidence}) = 0)
        and num_nulls(${t.doneAt}, ${t.doneById}, ${t.whatWasDone}, ${t.evidence}) in (0, 4)
        and (${t.howToConnect} is null or ${t.doneAt} is not null)`,
    ),
    check('tasks_evidence_written', sql`btrim(${t.whatWasDone}) <> '' and btrim(${t.evidence}) <> ''`),
    check(
      'tasks_refused_say_who_and_why',
      sql`num_nulls(${t.refusedAt}, ${t.refusedById}, ${t.refusalReason}) in (0, 3)
        and (${t.status} <> 'refused' or ${t.refusedAt} is not null)
        and (${t.refusedAt} is null or ${t.status} in ('refused', 'done'))`,
    ),
    check('tasks_withdrawn_say_when', sql`(${t.status} = 'withdrawn') = (${t.withdrawnAt} is not null)`),
    index('tasks_to_do').on(t.openedAt).where(sql`status in ('open', 'refused')`),
  ],
)

export type TaskRow = typeof tasks.$inferSelect
