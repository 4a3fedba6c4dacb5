import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { openStatuses } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { grantRow, grantState, toGrant } from '../mapping/grant.ts'
import { prepare } from '../queries.ts'
import { rowValues } from '../row-values.ts'
import { accounts } from '../schema/accounts.ts'
import { isAnyOf, isOneOf } from '../schema/columns.ts'
import { grants, type NewGrantRow } from '../schema/grants.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'
import { updateAll } from '../update-all.ts'

const lockById = prepare(['id'], (db, { id }) =>
  db.select().from(grants).where(eq(grants.id, id)).for('no key update'),
)
const lockByIds = prepare(['ids'], (db, { ids }) =>
  db.select().from(grants).where(isAnyOf(grants.id, ids)).orderBy(asc(grants.id)).for('no key update'),
)
const newRow = rowValues(grants, Object.keys(getTableColumns(grants)) as (keyof NewGrantRow)[])
const insert = prepare(newRow.names, (db) => db.insert(grants).values(newRow.placeholders))
const namesByIds = prepare(['ids'], (db, { ids }) =>
  db
    .select({
      id: grants.id,
      number: requests.number,
      displayName: accounts.displayName,
      userId: accounts.userId,
    })
    .from(grants)
    .innerJoin(requests, eq(requests.id, grants.requestId))
    .innerJoin(accounts, eq(accounts.id, requests.requesterId))
    .where(isAnyOf(grants.id, ids)),
)
const openByTicket = prepare(['trackerId', 'key'], (db, { trackerId, key }) =>
  db
    .select({ id: grants.id })
    .from(requests)
    .innerJoin(grants, eq(grants.requestId, requests.id))
    .where(
      and(
        sql`ticket_check is not null and ticket_check ->> 'trackerId' = ${trackerId} and ticket_check ->> 'key' = ${key}`,
        isOneOf(grants.status, openStatuses),
      ),
    )
    .orderBy(asc(grants.id)),
)
const saveStates = updateAll(grants)
const byRequest = prepare(['requestId'], (db, { requestId }) =>
  db.select().from(grants).where(eq(grants.requestId, requestId)),
)

export function grantsIn({ db, run, pipeline }: Session): Transaction['grants'] {
  return {
    insert: async (grant) => pipeline(run(insert, newRow.of({ attempts: 0, ...grantRow(grant) }))),
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await run(lockById, { id })
      return row ? toGrant(row) : null
    },
    lockAll: async (ids) => {
      const rows = await run(lockByIds, { ids: ids.filter(isUuid) })
      return rows.map(toGrant)
    },
    namesOf: async (ids) => {
      const rows = await run(namesByIds, { ids: ids.filter(isUuid) })
      return new Map(
        rows.map(({ id, number, ...holder }) => [id, { request: { reference: `AR-${number}` }, holder }]),
      )
    },
    findByRequest: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [row] = await run(byRequest, { requestId })
      return row ? toGrant(row) : null
    },
    openOf: async (holderId) => {
      const rows = await db
        .select({ id: grants.id })
        .from(grants)
        .where(and(eq(grants.holderId, holderId), isOneOf(grants.status, openStatuses)))
        .orderBy(asc(grants.createdAt), asc(grants.id))
      return rows.map((row) => row.id)
    },
    openOfTicket: async (trackerId, key) => {
      const rows = await run(openByTicket, { trackerId, key })
      return rows.map((row) => row.id)
    },
    save: async (grant) => pipeline(run(saveStates, { rows: [{ id: grant.id, ...grantState(grant) }] })),
    saveAll: async (all) => {
      const rows = all.map((grant) => ({ id: grant.id, ...grantState(grant) }))
      if (rows.length > 0) pipeline(run(saveStates, { rows }))
    },
  }
}
