import { asc, eq, sql } from 'drizzle-orm'
import { freshHistory } from '../domain/fresh-history.ts'
import { parseReference } from '../domain/request.ts'
import type { AuditedHistory } from '../domain/request-history.ts'
import type { Store } from '../domain/store.ts'
import { readAuditPage } from './audit-page.ts'
import type { Database } from './database.ts'
import { inTransaction, type Session } from './in-transaction.ts'
import { selectAlerts, toAlert } from './mapping/alert.ts'
import { toAuditEvent } from './mapping/audit-event.ts'
import { prepare } from './queries.ts'
import { readHistories, requestsIn } from './read-histories.ts'
import { accounts } from './schema/accounts.ts'
import { alerts } from './schema/alerts.ts'
import { auditEvents } from './schema/audit.ts'
import { grants } from './schema/grants.ts'
import { requests } from './schema/requests.ts'
import { isUuid } from './text.ts'

/** Reads each answer in one snapshot. The number of statements does not depend on its length. */
export function historiesIn(database: Database): Store['histories'] {
  const snapshot = <T>(work: (session: Session) => Promise<T>) =>
    inTransaction(database, 'isolation level repeatable read read only', work)
  const readTogether = (requestIds: readonly string[]) =>
    snapshot((session) => {
      const reading = readHistories(session, requestIds)
      session.last()
      return reading
    })
  const readRequest = requestsIn(database)
  return {
    byRequest: async (requestId) => {
      if (!isUuid(requestId)) return null
      const read = await readRequest(requestId)
      if (!read) return null
      const { request, isUndecided, ...by } = read
      if (isUndecided) return freshHistory(request, by)
      const [history] = await readTogether([requestId])
      return history ?? null
    },
    requests: async (requestIds) => {
      const read = await Promise.all(requestIds.filter(isUuid).map(readRequest))
      return read.filter((request) => request !== null)
    },
    byRequests: (requestIds) => readTogether(requestIds.filter(isUuid)),
    byGrant: async (grantId) => {
      if (!isUuid(grantId)) return null
      return snapshot(async (session) => {
        const [grant] = await session.run(requestOfGrant, { grantId })
        const [history] = grant ? await readHistories(session, [grant.requestId]) : []
        return history ?? null
      })
    },
    byReference: async (reference) => {
      const parsed = parseReference(reference)
      return parsed === null
        ? null
        : snapshot((session) => audited(session, Number(parsed.slice('AR-'.length))))
    },
    list: (filter, place, pageSize) => snapshot((session) => readAuditPage(session, filter, place, pageSize)),
  }
}

const requestOfGrant = prepare(['grantId'], (db, { grantId }) =>
  db.select({ requestId: grants.requestId }).from(grants).where(eq(grants.id, grantId)),
)

async function audited(session: Session, number: number): Promise<AuditedHistory | null> {
  const { db } = session
  const [found] = await db.select({ id: requests.id }).from(requests).where(eq(requests.number, number))
  if (!found) return null
  const reference = `AR-${number}`
  const [[history], events, noticed, removed] = await Promise.all([
    readHistories(session, [found.id]),
    db
      .select({ event: auditEvents, actorUserId: accounts.userId })
      .from(auditEvents)
      .leftJoin(accounts, eq(accounts.id, auditEvents.actorId))
      .where(eq(auditEvents.requestId, found.id))
      .orderBy(asc(auditEvents.id)),
    selectAlerts(db).where(eq(alerts.requestId, found.id)).orderBy(asc(alerts.number)),
    db
      .select({
        rule: sql<string>`details ->> 'rule'`,
        count: sql<number>`sum((details -> 'requests' ->> ${reference})::integer)::integer`,
      })
      .from(auditEvents)
      .where(sql`action = 'record.removed' and details -> 'requests' ? ${reference}`)
      .groupBy(sql`1`)
      .orderBy(sql`1`),
  ])
  if (!history) return null
  return {
    ...history,
    ...(removed.length > 0 && { removed }),
    ...(noticed.length > 0 && { alerts: noticed.map(toAlert) }),
    events: events.map(({ event, actorUserId }) => ({ ...toAuditEvent(event), actorUserId })),
  }
}
