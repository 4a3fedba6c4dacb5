import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { toPendingRequest, toRequest } from '../rows/request-row.ts'
import type { RequestRow } from '../schema/requests.ts'
import { isUuid, jsonText } from '../text.ts'

export function requestsIn({ sql, ask, post }: Session): Transaction['requests'] {
  return {
    insert: async (request) => {
      const [row] = await ask(sql<RequestRow[]>`
        insert into requests (submission_key, requester_id, resource_id, entitlement_id, terms, duration_seconds,
          justification, ticket, policy, status, submitted_at, expires_at)
        values (${request.submissionKey}, ${request.requesterId}, ${request.resourceId}, ${request.entitlementId},
          ${jsonText(request.terms)}::text::jsonb, ${request.durationSeconds}, ${request.justification},
          ${request.ticket}, ${jsonText(request.policy)}::text::jsonb, ${request.status}, ${request.submittedAt},
          ${request.expiresAt})
        on conflict on constraint requests_one_per_submission do nothing
        returning *`)
      return row ? toPendingRequest(row) : null
    },
    findBySubmissionKey: async (key) => {
      const [row] = await ask(sql<RequestRow[]>`select * from requests where submission_key = ${key}`)
      return row ? toRequest(row) : null
    },
    // `no key`: as exclusive among those who lock, without holding up rows that merely refer to this one.
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await ask(sql<RequestRow[]>`select * from requests where id = ${id} for no key update`)
      return row ? toRequest(row) : null
    },
    pendingOf: async (requesterId) => {
      const rows = await ask(sql<{ id: string }[]>`
        select id from requests where requester_id = ${requesterId} and status = 'pending' order by number`)
      return rows.map((row) => row.id)
    },
    countSince: async (requesterId, since) => {
      // A statement of its own, so that the count's snapshot is younger than the lock and holds what was sent at once.
      post(sql`select pg_advisory_xact_lock(hashtextextended(${`requests of ${requesterId}`}, 0))`)
      const [row] = await ask(sql<{ count: number }[]>`
        select count(*)::integer as count from requests
        where requester_id = ${requesterId} and submitted_at >= ${since}`)
      return row?.count ?? 0
    },
    save: async (request) => {
      post(sql`
        update requests set
          status = ${request.status}, closed_at = ${request.status === 'pending' ? null : request.closedAt}
        where id = ${request.id}`)
    },
  }
}
