import { asc, eq } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { askedBundles, bundledRequests } from '../schema/bundles.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'

export function bundlesIn({ db, pipeline }: Session): Transaction['bundles'] {
  return {
    insert: async (bundle) => {
      const rows = await db
        .insert(askedBundles)
        .values(bundle)
        .onConflictDoNothing({ target: askedBundles.submissionKey })
        .returning({ id: askedBundles.id })
      return rows.length > 0
    },
    add: async (part) => {
      pipeline(db.insert(bundledRequests).values(part))
    },
    cardOf: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [row] = await db
        .select({ cardId: bundledRequests.cardId })
        .from(bundledRequests)
        .where(eq(bundledRequests.requestId, requestId))
      return row?.cardId ?? null
    },
    requestsOf: async (submissionKey) => {
      const rows = await db
        .select({ id: bundledRequests.requestId })
        .from(bundledRequests)
        .innerJoin(askedBundles, eq(askedBundles.id, bundledRequests.bundleId))
        .innerJoin(requests, eq(requests.id, bundledRequests.requestId))
        .where(eq(askedBundles.submissionKey, submissionKey))
        .orderBy(asc(requests.number))
      return rows.map(({ id }) => id)
    },
  }
}
