import type postgres from 'postgres'
import type { LeafEvent } from '../../domain/record/leaf.ts'
import type { AuditEventRow } from '../schema/audit.ts'

/** An audit event, with what its leaf says of accounts and requests. */
export type EventRow = AuditEventRow & {
  readonly actorSlack: string | null
  readonly accountSlack: string | null
  readonly requestNumber: number | null
}

/** The columns of `EventRow`, for a query that names the event `e`. */
export function eventColumns(sql: postgres.Sql) {
  return sql`
    e.id, e.at, e.action, e.actor_id, e.subject_kind, e.subject_id, e.request_id, e.grant_id, e.account_id, e.resource_id,
    e.entitlement_id, e.policy, e.details, e.said, actor.team_id || '/' || actor.user_id as actor_slack,
    account.team_id || '/' || account.user_id as account_slack, request.number as request_number`
}

/** The tables that `eventColumns` needs besides the events. */
export function eventJoins(sql: postgres.Sql) {
  return sql`
    left join accounts actor on actor.id = e.actor_id
    left join accounts account on account.id = e.account_id
    left join requests request on request.id = e.request_id`
}

/** `bigint` arrives as text here, and as a number from drizzle. */
export function toLeafEvent(row: EventRow): LeafEvent {
  const { subjectKind, subjectId, requestId, requestNumber } = row
  return {
    v: 1,
    id: Number(row.id),
    at: row.at.toISOString(),
    action: row.action,
    actor: accountOf(row.actorId, row.actorSlack),
    subject: subjectKind === null || subjectId === null ? null : { kind: subjectKind, id: subjectId },
    request: requestId === null ? null : { id: requestId, reference: `AR-${requestNumber}` },
    grant: row.grantId,
    account: accountOf(row.accountId, row.accountSlack),
    resource: row.resourceId,
    entitlement: row.entitlementId,
    policy: row.policy as LeafEvent['policy'],
    details: row.details as LeafEvent['details'],
    said: row.said ?? null,
  }
}

function accountOf(id: string | null, slack: string | null): LeafEvent['actor'] {
  return id === null ? null : { id, slack: slack ?? 'unknown' }
}
