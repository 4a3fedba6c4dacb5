import { and, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { toReview } from '../mapping/without-asking.ts'
import { accounts } from '../schema/accounts.ts'
import { breakGlassReviews } from '../schema/break-glass.ts'
import { isAmong } from '../schema/columns.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'
import { lockPersonOf } from './lock-person.ts'

export function reviewsIn({ db, pipeline }: Session): Transaction['reviews'] {
  return {
    openOf: async (accountId) => {
      // A separate statement: the snapshot of the next one is then taken after the lock, and sees simultaneous requests.
      pipeline(lockPersonOf(db, accountId))
      const person = db.select({ id: accounts.personId }).from(accounts).where(eq(accounts.id, accountId))
      const [open] = await db
        .select({ number: requests.number })
        .from(breakGlassReviews)
        .innerJoin(requests, eq(requests.id, breakGlassReviews.requestId))
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .where(and(isNull(breakGlassReviews.reviewedAt), isAmong(accounts.personId, person)))
        .limit(1)
      return open ? `AR-${open.number}` : null
    },
    insert: async ({ requestId, openedAt, dueAt }, personId) =>
      pipeline(db.insert(breakGlassReviews).values({ requestId, personId, openedAt, dueAt })),
    lock: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [row] = await db
        .select()
        .from(breakGlassReviews)
        .where(eq(breakGlassReviews.requestId, requestId))
        .for('no key update')
      return row ? toReview(row) : null
    },
    close: async (requestId, { at: reviewedAt, byId: reviewedById, verdict, finding, policy }) =>
      pipeline(
        db
          .update(breakGlassReviews)
          .set({ reviewedAt, reviewedById, verdict, finding, policy })
          .where(eq(breakGlassReviews.requestId, requestId)),
      ),
  }
}
