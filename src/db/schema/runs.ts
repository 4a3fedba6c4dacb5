import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { type RunStatus, runStatuses } from '../../domain/run.ts'
import { instant, isOneOf, json } from './columns.ts'
import { requests } from './requests.ts'

/** The runs of approved actions. Triggers hold that each begins at most once, only when approved, and not while frozen. */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id')
      .primaryKey()
      .references(() => requests.id),
    status: text('status').$type<RunStatus>().notNull(),
    approvedAt: instant('approved_at').notNull(),
    lapsesAt: instant('lapses_at').notNull(),
    startedAt: instant('started_at'),
    beatAt: instant('beat_at'),
    mark: json('mark'),
    cancelAskedAt: instant('cancel_asked_at'),
    endedAt: instant('ended_at'),
    summary: text('summary'),
    rows: integer('rows'),
    outputSha256: text('output_sha256'),
    outputBytes: integer('output_bytes'),
    outputIsCut: boolean('output_is_cut'),
    outputKeptUntil: instant('output_kept_until'),
    failureCode: text('failure_code'),
    failureMessage: text('failure_message'),
  },
  (t) => [
    check('runs_status_known', isOneOf(t.status, runStatuses)),
    check('runs_lapse_after_approval', sql`${t.lapsesAt} > ${t.approvedAt}`),
    check('runs_begin_in_time', sql`${t.startedAt} <= ${t.lapsesAt}`),
    check(
      'runs_under_way_say_when',
      sql`${t.status} not in ('running', 'done', 'outcome_unknown') or num_nulls(${t.startedAt}, ${t.mark}, ${t.beatAt}) = 0`,
    ),
    check('runs_over_say_when', sql`(${t.status} in ('waiting', 'running')) = (${t.endedAt} is null)`),
    check('runs_done_say_what', sql`(${t.status} = 'done') = (${t.summary} is not null)`),
    check(
      'runs_undone_say_why',
      sql`(${t.status} in ('failed', 'outcome_unknown', 'lapsed', 'cancelled')) = (num_nulls(${t.failureCode}, ${t.failureMessage}) = 0)`,
    ),
    check(
      'runs_output_has_hash_and_size',
      sql`num_nulls(${t.outputSha256}, ${t.outputBytes}, ${t.outputIsCut}) in (0, 3)
        and (${t.outputKeptUntil} is null or ${t.outputSha256} is not null)`,
    ),
    index('runs_ended').on(t.endedAt),
    index('runs_open').on(t.approvedAt).where(sql`status in ('waiting', 'running')`),
  ],
)

/** Outputs, encrypted, until their time is over. */
export const runOutputs = pgTable('run_outputs', {
  runId: uuid('run_id')
    .primaryKey()
    .references(() => runs.id),
  sealed: text('sealed').notNull(),
})

/** What an action would change, asked before anybody approves. Append-only. */
export const actionPreviews = pgTable(
  'action_previews',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    at: instant('at').notNull(),
    rows: integer('rows'),
    before: json('before'),
    after: json('after'),
    failureCode: text('failure_code'),
    failureMessage: text('failure_message'),
  },
  (t) => [
    check(
      'action_previews_show_or_say_why',
      sql`num_nulls(${t.failureCode}, ${t.failureMessage}) = case when ${t.rows} is null then 0 else 2 end`,
    ),
  ],
)

export type RunRow = typeof runs.$inferSelect
export type ActionPreviewRow = typeof actionPreviews.$inferSelect
