import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { prepare, sender } from './queries.ts'
import { accounts } from './schema/accounts.ts'
import { isAmong } from './schema/columns.ts'
import { preApprovals, requests } from './schema/requests.ts'

const openAt = prepare(['now', 'resourceId', 'most'], (db, { now, resourceId, most }) =>
  db
    .select({ requestId: preApprovals.requestId })
    .from(preApprovals)
    .innerJoin(requests, eq(requests.id, preApprovals.requestId))
    .where(
      and(
        isNull(preApprovals.withdrawnAt),
        gt(preApprovals.goodThrough, now),
        sql`${requests.resourceId} = coalesce(${resourceId}, ${requests.resourceId})`,
      ),
    )
    .orderBy(desc(preApprovals.number))
    .limit(most),
)
const openOfAccount = prepare(
  ['teamId', 'userId', 'resourceId', 'now'],
  (db, { teamId, userId, resourceId, now }) => {
    const person = db
      .select({ id: accounts.personId })
      .from(accounts)
      .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId)))
    const own = db.select({ id: accounts.id }).from(accounts).where(isAmong(accounts.personId, person))
    return db
      .select({ requestId: preApprovals.requestId })
      .from(preApprovals)
      .innerJoin(requests, eq(requests.id, preApprovals.requestId))
      .where(
        and(
          isNull(preApprovals.withdrawnAt),
          gt(preApprovals.goodThrough, now),
          sql`${requests.resourceId} = coalesce(${resourceId}, ${requests.resourceId})`,
          isAmong(requests.requesterId, own),
        ),
      )
      .orderBy(desc(preApprovals.goodThrough))
  },
)

export function openPreApprovalsIn({ sql: client }: Database): Store['preApprovals'] {
  const send = sender(client)
  const ids = (rows: readonly { requestId: string }[]) => rows.map(({ requestId }) => requestId)
  return {
    open: async (now, resourceId, most) => ids(await openAt(send, { now, resourceId, most })),
    openOf: async ({ teamId, userId }, resourceId, now) =>
      ids(await openOfAccount(send, { teamId, userId, resourceId, now })),
  }
}
