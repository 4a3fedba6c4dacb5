import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { grantState, toGrant } from '../rows/grant-row.ts'
import type { GrantRow } from '../schema/grants.ts'
import { isUuid, jsonText } from '../text.ts'

export function grantsIn({ sql, ask, post }: Session): Transaction['grants'] {
  return {
    insert: async (grant) => {
      post(sql`
        insert into grants (id, request_id, holder_id, resource_id, entitlement_id, access, duration_seconds,
          generation, created_at, status, attempts)
        values (${grant.id}, ${grant.requestId}, ${grant.holderId}, ${grant.resourceId}, ${grant.entitlementId},
          ${jsonText(grant.access)}::text::jsonb, ${grant.durationSeconds}, ${grant.generation}, ${grant.createdAt},
          ${grant.status}, ${'attempts' in grant ? grant.attempts : 0})`)
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await ask(sql<GrantRow[]>`select * from grants where id = ${id} for no key update`)
      return row ? toGrant(row) : null
    },
    findByRequest: async (requestId) => {
      if (!isUuid(requestId)) return null
      const [row] = await ask(sql<GrantRow[]>`select * from grants where request_id = ${requestId}`)
      return row ? toGrant(row) : null
    },
    liveOf: async (holderId) => {
      const rows = await ask(sql<{ id: string }[]>`
        select id from grants
        where holder_id = ${holderId} and status in ('activating', 'active', 'revoking', 'revocation_failed')
        order by created_at, id`)
      return rows.map((row) => row.id)
    },
    save: async (grant) => {
      const state = grantState(grant)
      post(sql`
        update grants set
          status = ${state.status}, generation = ${state.generation},
          attempts = coalesce(${state.attempts}, attempts),
          activated_at = ${state.activatedAt}, lease_ends_at = ${state.leaseEndsAt},
          granted = coalesce(${jsonOrNull(state.granted)}::text::jsonb, granted),
          revocation_cause = ${state.revocationCause}, revoked_by_id = ${state.revokedById},
          revocation_reason = ${state.revocationReason}, revocation_started_at = ${state.revocationStartedAt},
          failure_code = ${state.failureCode}, failure_message = ${state.failureMessage},
          failed_at = ${state.failedAt}, ended_at = ${state.endedAt},
          removed = ${jsonOrNull(state.removed)}::text::jsonb
        where id = ${grant.id}`)
    },
  }
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : jsonText(value)
}
