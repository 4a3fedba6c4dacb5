import { and, asc, eq, isNull, or } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { toExtension, toRequest } from '../mapping/request.ts'
import { prepare } from '../queries.ts'
import { rowValues } from '../row-values.ts'
import { isAnyOf } from '../schema/columns.ts'
import { leaseExtensions } from '../schema/lease-extensions.ts'
import { requests } from '../schema/requests.ts'

const pending = prepare(['grantIds'], (db, { grantIds }) =>
  db
    .select()
    .from(requests)
    .where(and(isAnyOf(requests.extendsGrantId, grantIds), eq(requests.status, 'pending')))
    .orderBy(asc(requests.id))
    .for('no key update'),
)
const underWay = prepare(['grantId'], (db, { grantId }) =>
  db
    .select({ number: requests.number })
    .from(requests)
    .leftJoin(leaseExtensions, eq(leaseExtensions.requestId, requests.id))
    .where(
      and(
        eq(requests.extendsGrantId, grantId),
        or(
          eq(requests.status, 'pending'),
          and(eq(requests.status, 'approved'), isNull(leaseExtensions.requestId)),
        ),
      ),
    )
    .limit(1),
)
const byRequest = prepare(['requestId'], (db, { requestId }) =>
  db.select().from(leaseExtensions).where(eq(leaseExtensions.requestId, requestId)),
)
const row = rowValues(leaseExtensions, ['requestId', 'grantId', 'fromEndsAt', 'endsAt', 'at', 'failure'])
const insert = prepare(row.names, (db) => db.insert(leaseExtensions).values(row.placeholders))

export function leaseExtensionsIn({ run, pipeline }: Session): Transaction['leaseExtensions'] {
  return {
    lockPending: async (grantIds) => {
      const rows = await run(pending, { grantIds: [...grantIds] })
      return rows.map(toRequest).flatMap((request) => (request.status === 'pending' ? [request] : []))
    },
    underWayOf: async (grantId) => {
      const [found] = await run(underWay, { grantId })
      return found ? `AR-${found.number}` : null
    },
    of: async (requestId) => {
      const [found] = await run(byRequest, { requestId })
      return found ? toExtension(found) : null
    },
    insert: async (extension) => pipeline(run(insert, row.of(extension))),
  }
}
