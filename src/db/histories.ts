import { and, asc, count, desc, eq, gte, isNotNull, lt, not, or, type SQL, sql } from 'drizzle-orm'
import { liveStatuses } from '../domain/grant.ts'
import type { HistoryFilter, Store } from '../domain/ports.ts'
import { parseReference } from '../domain/request.ts'
import type { AuditedHistory, AuditPage, RequestHistory } from '../domain/request-history.ts'
import type { Database } from './database.ts'
import { inTransaction, type Session } from './in-transaction.ts'
import { toAuditEvent } from './mapping/audit-event.ts'
import { prepare } from './queries.ts'
import { readHistories } from './read-histories.ts'
import { accounts } from './schema/accounts.ts'
import { auditEvents } from './schema/audit.ts'
import { isAnyOf, isOneOf } from './schema/columns.ts'
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
  return {
    byRequest: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [history] = await readTogether([requestId])
      return history ?? null
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
    list: (filter, page, pageSize) => snapshot((session) => list(session, filter, page, pageSize)),
  }
}

const requestOfGrant = prepare(['grantId'], (db, { grantId }) =>
  db.select({ requestId: grants.requestId }).from(grants).where(eq(grants.id, grantId)),
)

async function audited(session: Session, number: number): Promise<AuditedHistory | null> {
  const { db } = session
  const [found] = await db.select({ id: requests.id }).from(requests).where(eq(requests.number, number))
  if (!found) return null
  const [[history], events] = await Promise.all([
    readHistories(session, [found.id]),
    db
      .select({ event: auditEvents, actorUserId: accounts.userId })
      .from(auditEvents)
      .leftJoin(accounts, eq(accounts.id, auditEvents.actorId))
      .where(eq(auditEvents.requestId, found.id))
      .orderBy(asc(auditEvents.id)),
  ])
  if (!history) return null
  return {
    ...history,
    events: events.map(({ event, actorUserId }) => ({ ...toAuditEvent(event), actorUserId })),
  }
}

async function list(
  session: Session,
  filter: HistoryFilter,
  page: number,
  pageSize: number,
): Promise<AuditPage> {
  if (filter.requesterId !== null && !isUuid(filter.requesterId))
    return { rows: [], page, pageCount: 0, total: 0 }
  const { db } = session
  const matching = within(filter)
  const withGrant = eq(grants.requestId, requests.id)
  const [[counted], ids] = await Promise.all([
    db.select({ total: count() }).from(requests).leftJoin(grants, withGrant).where(matching),
    db
      .select({ id: requests.id })
      .from(requests)
      .leftJoin(grants, withGrant)
      .where(matching)
      .orderBy(desc(requests.submittedAt), desc(requests.number))
      .limit(pageSize)
      .offset((page - 1) * pageSize),
  ])
  const rows: RequestHistory[] =
    ids.length === 0
      ? []
      : await readHistories(
          session,
          ids.map((row) => row.id),
        )
  const total = counted?.total ?? 0
  return { rows, page, pageCount: Math.ceil(total / pageSize), total }
}

/**
 * Selects requests that were submitted, or whose access was open, at or after `from` and before `to`. Access is open from the
 * activation until the read-back that shows it gone: a live grant is open now, even after the end of its lease.
 */
function within({
  scope,
  requesterId,
  resourceIds,
  exceptResourceIds,
  from,
  to,
}: HistoryFilter): SQL | undefined {
  if (from && to && from >= to) return sql`false`
  const heldFrom = sql`coalesce(${grants.activatedAt}, ${grants.createdAt})`
  const heldUntil = sql`coalesce(${grants.endedAt}, greatest(${grants.leaseEndsAt}, now()))`
  return and(
    scope === 'live' ? isOneOf(grants.status, liveStatuses) : undefined,
    requesterId === null ? undefined : eq(requests.requesterId, requesterId),
    resourceIds === null ? undefined : isAnyOf(requests.resourceId, resourceIds),
    exceptResourceIds?.length ? not(isAnyOf(requests.resourceId, exceptResourceIds)) : undefined,
    or(
      and(from ? gte(requests.submittedAt, from) : sql`true`, to ? lt(requests.submittedAt, to) : undefined),
      and(isNotNull(grants.id), to ? lt(heldFrom, to) : undefined, from ? gte(heldUntil, from) : undefined),
    ),
  )
}
