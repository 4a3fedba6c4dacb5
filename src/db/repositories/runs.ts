import { and, asc, eq, gt, inArray, lte, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { previewRow, runState, toRun } from '../mapping/run.ts'
import { accounts } from '../schema/accounts.ts'
import { requests } from '../schema/requests.ts'
import { actionPreviews, runOutputs, runs } from '../schema/runs.ts'
import { asStored, isUuid } from '../text.ts'
import { inScope } from './in-scope.ts'

export function runsIn({ db, pipeline }: Session): Transaction['runs'] {
  return {
    insert: async ({ id, approvedAt, lapsesAt, status }) =>
      pipeline(db.insert(runs).values({ id, approvedAt, lapsesAt, status })),
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await db.select().from(runs).where(eq(runs.id, id)).for('no key update')
      return row ? toRun(row) : null
    },
    save: async (run) => {
      pipeline(
        db
          .update(runs)
          .set(storable(runState(run)))
          .where(eq(runs.id, run.id)),
      )
    },
    askCancel: async (id, at) =>
      pipeline(
        db
          .update(runs)
          .set({ cancelAskedAt: at })
          .where(and(eq(runs.id, id), eq(runs.status, 'running'))),
      ),
    beat: async (id, at) => {
      const [row] = await db
        .update(runs)
        .set({ beatAt: at })
        .where(and(eq(runs.id, id), eq(runs.status, 'running')))
        .returning({ cancelAskedAt: runs.cancelAskedAt })
      return row !== undefined && row.cancelAskedAt !== null
    },
    goOn: async (id, at, { progress, found }) =>
      pipeline(
        db
          .update(runs)
          .set({
            beatAt: at,
            ...asStored({ progress }),
            followed: sql`coalesce(${runs.followed}, ${JSON.stringify(found)}::jsonb)`,
          })
          .where(and(eq(runs.id, id), eq(runs.status, 'running'))),
      ),
    openIn: async (scope, approvedUntil, most) => {
      const rows = await db
        .select({ id: runs.id })
        .from(runs)
        .innerJoin(requests, eq(requests.id, runs.id))
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .where(
          and(
            // A run that was asked to stop is not asked twice.
            sql`(${runs.status} = 'waiting' or (${runs.status} = 'running' and ${runs.cancelAskedAt} is null))`,
            lte(runs.approvedAt, approvedUntil),
            inScope(scope, requests.resourceId),
          ),
        )
        .orderBy(asc(runs.id))
        .limit(most)
      return rows.map(({ id }) => id)
    },
    openOf: async (requesterId) => {
      const rows = await db
        .select({ id: runs.id })
        .from(runs)
        .innerJoin(requests, eq(requests.id, runs.id))
        .where(and(eq(requests.requesterId, requesterId), inArray(runs.status, ['waiting', 'running'])))
        .orderBy(asc(runs.id))
      return rows.map(({ id }) => id)
    },
    addPreview: async (preview) =>
      pipeline(
        db
          .insert(actionPreviews)
          .values(storable(previewRow(preview)))
          .onConflictDoNothing(),
      ),
    keepOutput: async (runId, sealed) => pipeline(db.insert(runOutputs).values({ runId, sealed })),
    outputOf: async (runId, now) => {
      const [row] = await db
        .select({ sealed: runOutputs.sealed })
        .from(runOutputs)
        .innerJoin(runs, eq(runs.id, runOutputs.runId))
        .where(and(eq(runOutputs.runId, runId), gt(runs.outputKeptUntil, now)))
      return row?.sealed ?? null
    },
    forgetOutput: async (runId) => pipeline(db.delete(runOutputs).where(eq(runOutputs.runId, runId))),
    overdueOutputs: async (now) => {
      const rows = await db
        .select({ runId: runOutputs.runId })
        .from(runOutputs)
        .innerJoin(runs, eq(runs.id, runOutputs.runId))
        .where(lte(runs.outputKeptUntil, now))
      return rows.map(({ runId }) => runId)
    },
  }
}

/** The message may repeat what the target or a person said. */
function storable<Row extends { failureMessage: string | null }>(row: Row): Row {
  const { failureMessage } = row
  return { ...row, ...asStored({ failureMessage }) }
}
