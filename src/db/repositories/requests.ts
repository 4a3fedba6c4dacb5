import { and, asc, count, eq, gt, gte, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { toRequest } from '../mapping/request.ts'
import { prepare } from '../queries.ts'
import { rowValues } from '../row-values.ts'
import { accounts } from '../schema/accounts.ts'
import { isAmong } from '../schema/columns.ts'
import { requests } from '../schema/requests.ts'
import { asStored, isUuid } from '../text.ts'
import { lockPersonOf } from './lock-person.ts'

const bySubmissionKey = prepare(['key'], (db, { key }) =>
  db.select().from(requests).where(eq(requests.submissionKey, key)),
)
// `no key` excludes other lockers in the same way, but does not block inserts of rows that refer to this one.
const lockById = prepare(['id'], (db, { id }) =>
  db.select().from(requests).where(eq(requests.id, id)).for('no key update'),
)
const countOf = prepare(['teamId', 'userId', 'since'], (db, { teamId, userId, since }) =>
  db
    .select({ count: count() })
    .from(requests)
    .innerJoin(accounts, eq(accounts.id, requests.requesterId))
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId), gte(requests.submittedAt, since))),
)

const pendingByTicket = prepare(['trackerId', 'key'], (db, { trackerId, key }) =>
  db
    .select({ id: requests.id })
    .from(requests)
    .where(
      and(
        sql`ticket_check is not null and ticket_check ->> 'trackerId' = ${trackerId} and ticket_check ->> 'key' = ${key}`,
        eq(requests.status, 'pending'),
        eq(requests.asksForKind, 'entitlement'),
      ),
    )
    .orderBy(asc(requests.id)),
)

const newRow = rowValues(requests, [
  'submissionKey',
  'requesterId',
  'asksForKind',
  'resourceId',
  'entitlementId',
  'extendsGrantId',
  'action',
  'terms',
  'durationSeconds',
  'startsAt',
  'justification',
  'ticket',
  'ticketCheck',
  'policy',
  'preApprovalId',
  'status',
  'submittedAt',
  'expiresAt',
])
const insert = prepare(newRow.names, (db) =>
  db
    .insert(requests)
    .values(newRow.placeholders)
    .onConflictDoNothing({ target: requests.submissionKey })
    .returning({ id: requests.id, number: requests.number, how: requests.how }),
)
const state = rowValues(requests, ['status', 'closedAt'])
const update = prepare(['id', ...state.names], (db, { id }) =>
  db.update(requests).set(state.placeholders).where(eq(requests.id, id)),
)

const countByRuleOf = prepare(['requesterId', 'since'], (db, { requesterId, since }) => {
  const person = db.select({ id: accounts.personId }).from(accounts).where(eq(accounts.id, requesterId))
  const own = db.select({ id: accounts.id }).from(accounts).where(isAmong(accounts.personId, person))
  return db
    .select({ count: count() })
    .from(requests)
    .where(
      and(
        isAmong(requests.requesterId, own),
        eq(requests.how, 'self_serve'),
        gt(requests.submittedAt, since),
      ),
    )
})

export function requestsIn({ db, run, pipeline }: Session): Transaction['requests'] {
  return {
    insert: async ({ submissionKey, ...typed }) => {
      const { justification, ticket, ticketCheck, policy } = typed
      const request = { ...typed, ...asStored({ justification, ticket, ticketCheck, policy }) }
      const { asksFor } = request
      const { kind: asksForKind, resourceId, entitlementId } = asksFor
      const extendsGrantId = asksFor.kind === 'extension' ? asksFor.grantId : null
      const action = asksFor.kind === 'action' ? asksFor.action : null
      const asked = { asksForKind, resourceId, entitlementId, extendsGrantId, action }
      const row = newRow.of({ ...request, submissionKey, ...asked })
      const [inserted] = await run(insert, row)
      if (!inserted) return null
      const { id, number, how } = inserted
      return { ...request, id, reference: `AR-${number}`, how }
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
    pendingOfTicket: async (trackerId, key) => {
      const rows = await run(pendingByTicket, { trackerId, key })
      return rows.map((row) => row.id)
    },
    pendingOf: async (requesterId) => {
      const rows = await db
        .select({ id: requests.id })
        .from(requests)
        .where(and(eq(requests.requesterId, requesterId), eq(requests.status, 'pending')))
        .orderBy(asc(requests.number))
      return rows.map((row) => row.id)
    },
    countSince: async ({ teamId, userId }, since) => {
      // A separate statement: the snapshot of the count is then taken after the lock, and sees simultaneous requests.
      const [, [row]] = await Promise.all([
        run(lockName, { name: `requests of ${teamId}/${userId}` }),
        run(countOf, { teamId, userId, since }),
      ])
      return row?.count ?? 0
    },
    countByRule: async (requesterId, since) => {
      // The same: the count sees what a simultaneous request of the same person added.
      pipeline(lockPersonOf(db, requesterId))
      const [row] = await run(countByRuleOf, { requesterId, since })
      return row?.count ?? 0
    },
    save: async ({ id, ...request }) => {
      const closedAt = request.status === 'pending' ? null : request.closedAt
      pipeline(run(update, { id, ...state.of({ status: request.status, closedAt }) }))
    },
  }
}
