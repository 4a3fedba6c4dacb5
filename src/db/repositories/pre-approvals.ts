import { and, desc, eq, gt, isNull, ne } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { readJson, terms } from '../mapping/stored-json.ts'
import { toPreApproval } from '../mapping/without-asking.ts'
import { prepare } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { isAmong } from '../schema/columns.ts'
import { preApprovals, requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'
import { inScope } from './in-scope.ts'

const askers = alias(accounts, 'askers')
const makers = alias(accounts, 'makers')

const goodFor = prepare(
  ['teamId', 'userId', 'resourceId', 'entitlementId', 'now'],
  (db, { teamId, userId, resourceId, entitlementId, now }) => {
    const person = db
      .select({ id: askers.personId })
      .from(askers)
      .where(and(eq(askers.teamId, teamId), eq(askers.userId, userId)))
    return (
      db
        .select({ preApproval: preApprovals, terms: requests.terms })
        .from(preApprovals)
        .innerJoin(requests, eq(requests.id, preApprovals.requestId))
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .innerJoin(makers, eq(makers.id, preApprovals.madeById))
        .where(
          and(
            isNull(preApprovals.withdrawnAt),
            gt(preApprovals.goodThrough, now),
            eq(requests.resourceId, resourceId),
            eq(requests.entitlementId, entitlementId),
            isAmong(accounts.personId, person),
            // Two accounts may have turned out to be one person since.
            ne(makers.personId, accounts.personId),
          ),
        )
        .orderBy(desc(preApprovals.goodThrough), desc(preApprovals.number))
        // Until this transaction ends, nobody withdraws one of them.
        .for('share', { of: preApprovals })
    )
  },
)

export function preApprovalsIn({ db, run, pipeline }: Session): Transaction['preApprovals'] {
  return {
    insert: async (preApproval) => {
      // A separate statement: the next one then sees what another transaction made from the same request.
      pipeline(
        db
          .select({ id: requests.id })
          .from(requests)
          .where(eq(requests.id, preApproval.requestId))
          .for('no key update'),
      )
      const [open] = await db
        .select({ id: preApprovals.id })
        .from(preApprovals)
        .where(
          and(
            eq(preApprovals.requestId, preApproval.requestId),
            isNull(preApprovals.withdrawnAt),
            gt(preApprovals.goodThrough, preApproval.madeAt),
          ),
        )
      if (open) return null
      const [row] = await db.insert(preApprovals).values(preApproval).returning()
      return row ? toPreApproval(row) : null
    },
    goodFor: async ({ teamId, userId }, { resourceId, entitlementId }, now) => {
      const rows = await run(goodFor, { teamId, userId, resourceId, entitlementId, now })
      return rows.map((row) => ({
        ...toPreApproval(row.preApproval),
        terms: readJson(terms, row.terms, 'requests', row.preApproval.requestId, 'terms'),
      }))
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await db.select().from(preApprovals).where(eq(preApprovals.id, id)).for('no key update')
      return row ? toPreApproval(row) : null
    },
    withdraw: async (id, { byId: withdrawnById, at: withdrawnAt }) =>
      pipeline(db.update(preApprovals).set({ withdrawnAt, withdrawnById }).where(eq(preApprovals.id, id))),
    withdrawAll: async (scope, { byId: withdrawnById, at: withdrawnAt }) => {
      const rows = await db
        .update(preApprovals)
        .set({ withdrawnAt, withdrawnById })
        .from(requests)
        .innerJoin(accounts, eq(accounts.id, requests.requesterId))
        .where(
          and(
            eq(requests.id, preApprovals.requestId),
            isNull(preApprovals.withdrawnAt),
            gt(preApprovals.goodThrough, withdrawnAt),
            inScope(scope, requests.resourceId),
          ),
        )
        .returning({
          number: preApprovals.number,
          requestId: preApprovals.requestId,
          requesterId: requests.requesterId,
          resourceId: requests.resourceId,
          entitlementId: requests.entitlementId,
        })
      return rows.map(({ number, ...rest }) => ({ reference: `PA-${number}`, ...rest }))
    },
  }
}
