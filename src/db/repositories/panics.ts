import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm'
import { openStatuses } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll } from '../insert-all.ts'
import { scopeRow, selectPanics, toPanic } from '../mapping/freeze.ts'
import { accounts } from '../schema/accounts.ts'
import { isAnyOf, isOneOf } from '../schema/columns.ts'
import { panicGrants, panicPosts, panicRequests, panics } from '../schema/freezes.ts'
import { grants } from '../schema/grants.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'
import { inScope } from './in-scope.ts'

const insertRequests = insertAll(panicRequests)
const isGone = sql`${grants.status} in ('ended', 'revoked', 'cancelled', 'activation_failed')`

export function panicsIn({ db, run, pipeline }: Session): Transaction['panics'] {
  return {
    count: async (scope) => {
      const [live] = await db
        .select({
          leases: sql<number>`count(*)::integer`,
          holders: sql<number>`count(distinct ${accounts.personId})::integer`,
          resources: sql<number>`count(distinct ${grants.resourceId})::integer`,
        })
        .from(grants)
        .innerJoin(accounts, eq(accounts.id, grants.holderId))
        .where(and(isOneOf(grants.status, openStatuses), inScope(scope, grants.resourceId)))
      const [waiting] = await db
        .select({ pending: sql<number>`count(*)::integer` })
        .from(requests)
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .where(and(eq(requests.status, 'pending'), inScope(scope, requests.resourceId)))
      return { leases: 0, holders: 0, resources: 0, ...live, pending: waiting?.pending ?? 0 }
    },
    insert: async ({ id, scope, reason, by, at, counts, freezeId, orderedAt, finishedAt }) => {
      const row = {
        id,
        ...scopeRow(scope),
        reason,
        byId: by.id,
        at,
        ...counts,
        freezeId,
        orderedAt,
        finishedAt,
      }
      pipeline(db.insert(panics).values(row))
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await selectPanics(db).where(eq(panics.id, id)).for('no key update', { of: panics })
      return row ? toPanic(row) : null
    },
    save: async ({ id, orderedAt, finishedAt }) =>
      pipeline(db.update(panics).set({ orderedAt, finishedAt }).where(eq(panics.id, id))),
    collect: async ({ id, scope }) => {
      const live = db
        .select({
          panicId: sql<string>`${id}::uuid`.as('panic_id'),
          grantId: grants.id,
          isOrdered: sql`false`.as('is_ordered'),
        })
        .from(grants)
        .innerJoin(accounts, eq(accounts.id, grants.holderId))
        .where(and(isOneOf(grants.status, openStatuses), inScope(scope, grants.resourceId)))
      pipeline(db.insert(panicGrants).select(live))
    },
    grantsLeft: async (panicId, most) => {
      const rows = await db
        .select({ id: panicGrants.grantId })
        .from(panicGrants)
        .where(and(eq(panicGrants.panicId, panicId), eq(panicGrants.isOrdered, false)))
        .orderBy(asc(panicGrants.grantId))
        .limit(most)
      return rows.map(({ id }) => id)
    },
    markOrdered: async (panicId, grantIds) =>
      pipeline(
        db
          .update(panicGrants)
          .set({ isOrdered: true })
          .where(and(eq(panicGrants.panicId, panicId), isAnyOf(panicGrants.grantId, grantIds))),
      ),
    requestsLeft: async (panic, most) => {
      const rows = await db
        .select({ id: requests.id })
        .from(requests)
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .where(
          and(
            eq(requests.status, 'pending'),
            lte(requests.submittedAt, panic.at),
            inScope(panic.scope, requests.resourceId),
          ),
        )
        .orderBy(asc(requests.id))
        .limit(most)
      return rows.map(({ id }) => id)
    },
    addClosed: async (panicId, requestIds) => {
      if (requestIds.length > 0)
        pipeline(run(insertRequests, { rows: requestIds.map((requestId) => ({ panicId, requestId })) }))
    },
    progress: async (panicId) => {
      const rows = await db
        .select({
          resourceId: grants.resourceId,
          leases: sql<number>`count(*)::integer`,
          gone: sql<number>`count(*) filter (where ${isGone})::integer`,
          failed: sql<number>`count(*) filter (where ${grants.status} = 'revocation_failed')::integer`,
          failure: sql<string | null>`(array_agg(${grants.failureMessage} order by ${grants.failedAt} desc)
            filter (where ${grants.status} = 'revocation_failed'))[1]`,
          lastGoneAt: sql<Date | null>`max(${grants.endedAt})`,
        })
        .from(panicGrants)
        .innerJoin(grants, eq(grants.id, panicGrants.grantId))
        .where(eq(panicGrants.panicId, panicId))
        .groupBy(grants.resourceId)
        .orderBy(asc(grants.resourceId))
      const [closed] = await db
        .select({ count: sql<number>`count(*)::integer` })
        .from(panicRequests)
        .where(eq(panicRequests.panicId, panicId))
      const open = rows.filter(({ leases, gone }) => gone < leases)
      const ends = rows.flatMap(({ lastGoneAt }) => (lastGoneAt ? [new Date(lastGoneAt).getTime()] : []))
      return {
        leases: sum(rows.map(({ leases }) => leases)),
        gone: sum(rows.map(({ gone }) => gone)),
        open: open.map(({ resourceId, leases, gone, failed, failure }) => ({
          resourceId,
          revoking: leases - gone - failed,
          failed,
          failure,
        })),
        closedRequests: closed?.count ?? 0,
        lastGoneAt: ends.length > 0 ? new Date(Math.max(...ends)) : null,
      }
    },
    takenBack: async (grantIds, leases) => {
      const rows = await db
        .select({ id: panicGrants.grantId })
        .from(panicGrants)
        .innerJoin(panics, eq(panics.id, panicGrants.panicId))
        .where(
          and(isAnyOf(panicGrants.grantId, grantIds), isNull(panics.finishedAt), gt(panics.leases, leases)),
        )
      return new Set(rows.map(({ id }) => id))
    },
    post: async (panicId, message) => {
      const [row] = await db
        .select()
        .from(panicPosts)
        .where(and(eq(panicPosts.panicId, panicId), eq(panicPosts.message, message)))
      if (!row) return null
      const { channelId, ts, contentHash } = row
      return { at: ts === null ? null : { channelId, ts }, contentHash }
    },
    savePost: async (panicId, message, { channelId, at, contentHash }) => {
      const place = { channelId: at?.channelId ?? channelId, ts: at?.ts ?? null, contentHash }
      pipeline(
        db
          .insert(panicPosts)
          .values({ panicId, message, ...place })
          .onConflictDoUpdate({ target: [panicPosts.panicId, panicPosts.message], set: place }),
      )
    },
  }
}

/** For queries that join `accounts`: the holders or the requesters. */
function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
