import { and, asc, count, desc, eq, gt } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { noticedRequests, sharedNotices } from '../schema/shared-notices.ts'
import { isUuid } from '../text.ts'

export function sharedNoticesIn({ db, run, pipeline }: Session): Transaction['sharedNotices'] {
  return {
    join: async (requestId, { channelId, openedAfter, most, now }) => {
      // A separate statement: the snapshot of the next one is then taken after the lock, and counts simultaneous requests.
      pipeline(run(lockName, { name: `shared notices of ${channelId}` }))
      const [latest] = await db
        .select({ id: sharedNotices.id })
        .from(sharedNotices)
        .where(and(eq(sharedNotices.channelId, channelId), gt(sharedNotices.openedAt, openedAfter)))
        .orderBy(desc(sharedNotices.openedAt), desc(sharedNotices.id))
        .limit(1)
      const [size] = latest
        ? await db
            .select({ count: count() })
            .from(noticedRequests)
            .where(eq(noticedRequests.noticeId, latest.id))
        : []
      const noticeId = latest && (size?.count ?? 0) < most ? latest.id : requestId
      if (noticeId === requestId)
        pipeline(db.insert(sharedNotices).values({ id: requestId, channelId, openedAt: now, editDueAt: now }))
      pipeline(db.insert(noticedRequests).values({ requestId, noticeId }))
    },
    planEdit: async (requestId, { at, soonest }) => {
      const [notice] = await db
        .select({ id: sharedNotices.id, editDueAt: sharedNotices.editDueAt })
        .from(noticedRequests)
        .innerJoin(sharedNotices, eq(sharedNotices.id, noticedRequests.noticeId))
        .where(eq(noticedRequests.requestId, requestId))
        .for('update', { of: sharedNotices })
      if (!notice || notice.editDueAt > soonest) return null
      pipeline(db.update(sharedNotices).set({ editDueAt: at }).where(eq(sharedNotices.id, notice.id)))
      return notice.id
    },
    of: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [row] = await db
        .select({ noticeId: noticedRequests.noticeId })
        .from(noticedRequests)
        .where(eq(noticedRequests.requestId, requestId))
      return row?.noticeId ?? null
    },
    requestsOf: async (noticeId) => {
      const rows = await db
        .select({ requestId: noticedRequests.requestId })
        .from(noticedRequests)
        .where(eq(noticedRequests.noticeId, noticeId))
        .orderBy(asc(noticedRequests.requestId))
      return rows.map(({ requestId }) => requestId)
    },
  }
}
