import { desc, eq, type SQL, sql } from 'drizzle-orm'
import { holdReference, type LegalHold } from '../../domain/record/legal-hold.ts'
import type { Store } from '../../domain/store.ts'
import type { Erasure, Transaction } from '../../domain/transaction.ts'
import type { Database } from '../database.ts'
import { inTransaction, type Session } from '../in-transaction.ts'
import { selectLegalHolds, toLegalHold } from '../mapping/legal-hold.ts'
import type { Queries } from '../queries.ts'
import { legalHolds } from '../schema/legal-holds.ts'

export function legalHoldsIn({ db, pipeline }: Session): Transaction['holds'] {
  return {
    insert: async ({ scope, reason, from: fromAt, to: toAt, placedAt, placedById }) => {
      const [row] = await db
        .insert(legalHolds)
        .values({
          scope: scope.kind,
          accountId: scope.kind === 'person' ? scope.account.id : null,
          resourceId: scope.kind === 'resource' ? scope.resourceId : null,
          requestId: scope.kind === 'request' ? scope.requestId : null,
          ...{ reason, fromAt, toAt, placedAt, placedById },
        })
        .returning({ id: legalHolds.id })
      const [hold] = await read(db, eq(legalHolds.id, row?.id ?? ''))
      if (!hold) throw new Error('A legal hold was not stored')
      return hold
    },
    lock: async (number) => {
      const found = eq(legalHolds.number, number)
      await db.select({ id: legalHolds.id }).from(legalHolds).where(found).for('update')
      const [hold] = await read(db, found)
      return hold ?? null
    },
    askLift: async (id, { at: liftAskedAt, byId: liftAskedById }) =>
      pipeline(db.update(legalHolds).set({ liftAskedAt, liftAskedById }).where(eq(legalHolds.id, id))),
    declineLift: async (id) =>
      pipeline(
        db.update(legalHolds).set({ liftAskedAt: null, liftAskedById: null }).where(eq(legalHolds.id, id)),
      ),
    lift: async (id, { at: liftedAt, byId: liftedById }) =>
      pipeline(db.update(legalHolds).set({ liftedAt, liftedById }).where(eq(legalHolds.id, id))),
    onRequest: async (requestId) => {
      const rows = await db.select({ number: sql<number>`number` }).from(sql`holds_on_request(${requestId})`)
      return rows.map(({ number }) => holdReference(number))
    },
    keepingFrom: async (about) => {
      const rows = await db
        .select({ hold: sql<number>`hold`, requests: sql<number[]>`requests` })
        .from(sql`(${keeping(about)}) kept`)
      return rows.map(({ hold, requests }) => ({
        reference: holdReference(hold),
        requests: requests.map((number) => `AR-${number}`),
      }))
    },
  }
}

/** Outside transactions. */
export function legalHoldsOn(database: Database): Store['holds'] {
  return {
    list: (most) =>
      inTransaction(database, 'isolation level repeatable read read only', ({ db }) =>
        read(db, undefined, most),
      ),
    isKnownResource: async (resourceId) => {
      const rows = await database.sql`select from requests where resource_id = ${resourceId} limit 1`
      return rows.length > 0
    },
  }
}

async function read(db: Queries, where: SQL | undefined, most = 1): Promise<LegalHold[]> {
  const rows = await selectLegalHolds(db)
    .where(where)
    .orderBy(sql`${legalHolds.liftedAt} desc nulls first`, desc(legalHolds.number))
    .limit(most)
  return rows.map(toLegalHold)
}

/** Each hold that covers something of an erasure, with the requests that it covers. A person’s texts on requests of others count too. */
function keeping(about: Erasure['about']): SQL {
  if (about.kind === 'request')
    return sql`select h.number as hold, array_agg(r.number) as requests
      from requests r cross join lateral holds_on_request(r.id) h where r.id = ${about.requestId} group by h.number`
  const people = sql`array(select a.id from accounts a join accounts named on named.person_id = a.person_id
    where named.id = ${about.accountId})`
  return sql`
    select hold, array_remove(array_agg(request order by request), null) as requests from (
      select h.number as hold, r.number as request from requests r cross join lateral holds_on_request(r.id) h
        where r.requester_id = any(${people}) or r.id in (select d.request_id from decisions d where d.approver_id = any(${people}))
      union select h.number, null from legal_holds h join accounts held on held.id = h.account_id
        where h.lifted_at is null and held.id = any(${people})
      union select h.number, null from legal_holds h where h.lifted_at is null and h.scope = 'all') kept
    group by hold order by hold`
}
