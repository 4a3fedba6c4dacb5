import { and, asc, count, eq, gte } from 'drizzle-orm'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { toPendingRequest, toRequest } from '../mapping/request.ts'
import { prepare } from '../queries.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'

const bySubmissionKey = prepare(['key'], (db, { key }) =>
  db.select().from(requests).where(eq(requests.submissionKey, key)),
)
// `no key` excludes other lockers in the same way, but does not block inserts of rows that refer to this one.
const lockById = prepare(['id'], (db, { id }) =>
  db.select().from(requests).where(eq(requests.id, id)).for('no key update'),
)
const countOf = prepare(['requesterId', 'since'], (db, { requesterId, since }) =>
  db
    .select({ count: count() })
    .from(requests)
    .where(and(eq(requests.requesterId, requesterId), gte(requests.submittedAt, since))),
)

export function requestsIn({ db, run, pipeline }: Session): Transaction['requests'] {
  return {
    insert: async ({ asksFor, ...request }) => {
      const { kind: asksForKind, resourceId, entitlementId } = asksFor
      const [row] = await db
        .insert(requests)
        .values({ ...request, asksForKind, resourceId, entitlementId })
        .onConflictDoNothing({ target: requests.submissionKey })
        .returning()
      return row ? toPendingRequest(row) : null
    },
    findBySubmissionKey: async (key) => {
      const [row] = await run(bySubmissionKey, { key })
      return row ? toRequest(row) : null
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await run(lockById, { id })
      return row ? toRequest(row) : null
    },
    pendingOf: async (requesterId) => {
      const rows = await db
        .select({ id: requests.id })
        .from(requests)
        .where(and(eq(requests.requesterId, requesterId), eq(requests.status, 'pending')))
        .orderBy(asc(requests.number))
      return rows.map((row) => row.id)
    },
    countSince: async (requesterId, since) => {
      // A separate statement: the snapshot of the count is then taken after the lock, and sees simultaneous requests.
      const [, [row]] = await Promise.all([
        run(lockName, { name: `requests of ${requesterId}` }),
        run(countOf, { requesterId, since }),
      ])
      return row?.count ?? 0
    },
    save: async ({ id, ...request }) =>
      pipeline(
        db
          .update(requests)
          .set({ status: request.status, closedAt: request.status === 'pending' ? null : request.closedAt })
          .where(eq(requests.id, id)),
      ),
  }
}
