import type { Store, StoryFilter } from '../domain/ports.ts'
import { parseReference } from '../domain/request.ts'
import type { AuditedStory, AuditPage, RequestStory } from '../domain/story.ts'
import type { Database } from './database.ts'
import { inTransaction, type Session } from './in-transaction.ts'
import { readStories } from './read-stories.ts'
import { type ReadAuditEvent, toAuditEvent } from './rows/audit-row.ts'
import { isUuid } from './text.ts'

/** Reads each answer in one snapshot, with a fixed number of statements however long it is. */
export function storiesIn(database: Database): Store['stories'] {
  const snapshot = <T>(work: (session: Session) => Promise<T>) =>
    inTransaction(database, 'isolation level repeatable read read only', work)
  return {
    byRequest: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [story] = await snapshot((session) => readStories(session, [requestId]))
      return story ?? null
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

async function audited(session: Session, number: number): Promise<AuditedStory | null> {
  const { sql, ask } = session
  const [found] = await ask(sql<{ id: string }[]>`select id from requests where number = ${number}`)
  if (!found) return null
  const [[story], events] = await Promise.all([
    readStories(session, [found.id]),
    ask(sql<(ReadAuditEvent & { actorUserId: string | null })[]>`
      select e.*, a.user_id as actor_user_id
      from audit_events e left join accounts a on a.id = e.actor_id
      where e.request_id = ${found.id}
      order by e.id`),
  ])
  if (!story) return null
  return { ...story, events: events.map((row) => ({ ...toAuditEvent(row), actorUserId: row.actorUserId })) }
}

async function list(
  session: Session,
  filter: StoryFilter,
  page: number,
  pageSize: number,
): Promise<AuditPage> {
  const { sql, ask } = session
  if (filter.requesterId !== null && !isUuid(filter.requesterId))
    return { rows: [], page, pageCount: 0, total: 0 }
  const matching = () => sql`
    from requests r left join grants g on g.request_id = r.id
    where ${within(session, filter)}`
  const [[counted], ids] = await Promise.all([
    ask(sql<{ total: number }[]>`select count(*)::integer as total ${matching()}`),
    ask(sql<{ id: string }[]>`
      select r.id ${matching()}
      order by r.submitted_at desc, r.number desc
      limit ${pageSize}::integer offset ${(page - 1) * pageSize}::bigint`),
  ])
  const rows: RequestStory[] =
    ids.length === 0
      ? []
      : await readStories(
          session,
          ids.map((row) => row.id),
        )
  const total = counted?.total ?? 0
  return { rows, page, pageCount: Math.ceil(total / pageSize), total }
}

/**
 * A grant touches the time from its activation until it was seen to be gone: whatever may still be held is held now, even
 * beyond the lease's end. From `from` on, and before `to`.
 */
function within({ sql }: Session, filter: StoryFilter) {
  const { from, to } = filter
  const resourceIds = filter.resourceIds === null ? null : [...filter.resourceIds]
  const except = [...(filter.exceptResourceIds ?? [])]
  return sql`
    ${filter.scope === 'live' ? sql`g.status in ('activating', 'active', 'revoking', 'revocation_failed')` : sql`true`}
    ${filter.requesterId === null ? sql`` : sql`and r.requester_id = ${filter.requesterId}`}
    ${resourceIds === null ? sql`` : sql`and r.resource_id = any(${resourceIds}::text[])`}
    ${except.length === 0 ? sql`` : sql`and r.resource_id <> all(${except}::text[])`}
    and coalesce(${from}::timestamptz < ${to}::timestamptz, true)
    and (
      ((${from}::timestamptz is null or r.submitted_at >= ${from}::timestamptz)
        and (${to}::timestamptz is null or r.submitted_at < ${to}::timestamptz))
      or (g.id is not null
        and (${to}::timestamptz is null or coalesce(g.activated_at, g.created_at) < ${to}::timestamptz)
        and (${from}::timestamptz is null
          or coalesce(g.ended_at, greatest(g.lease_ends_at, now())) >= ${from}::timestamptz)))`
}
