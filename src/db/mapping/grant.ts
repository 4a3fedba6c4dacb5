import type { Failure, Grant, Lease, Revocation } from '../../domain/grant.ts'
import type { GrantRow, NewGrantRow } from '../schema/grants.ts'
import { required } from './impossible-row.ts'
import { content, evidence, readJson } from './stored-json.ts'

export function toGrant(row: GrantRow): Grant {
  const base = {
    id: row.id,
    requestId: row.requestId,
    holderId: row.holderId,
    resourceId: row.resourceId,
    entitlementId: row.entitlementId,
    approvedContent: readJson(content, row.approvedContent, 'grants', row.id, 'approved_content'),
    durationSeconds: row.durationSeconds,
    generation: row.generation,
    createdAt: row.createdAt,
    ...(row.login === null ? {} : { login: row.login }),
  }
  const { attempts, status } = row
  switch (status) {
    case 'activating':
      return {
        ...base,
        status,
        attempts,
        ...(row.awaitsLogin === null ? {} : { awaitsLogin: row.awaitsLogin }),
      }
    case 'active': {
      const lease = need(row, leaseOf(row), 'activated_at')
      return { ...base, status, lease, granted: readJson(evidence, row.granted, 'grants', row.id, 'granted') }
    }
    case 'revoking':
      return { ...base, status, attempts, lease: leaseOf(row), revocation: revocationOf(row) }
    case 'revocation_failed': {
      const failure = failureOf(row)
      return { ...base, status, attempts, lease: leaseOf(row), revocation: revocationOf(row), failure }
    }
    case 'ended':
    case 'revoked': {
      const removed = readJson(evidence, row.removed, 'grants', row.id, 'removed')
      const endedAt = need(row, row.endedAt, 'ended_at')
      return { ...base, status, lease: leaseOf(row), revocation: revocationOf(row), endedAt, removed }
    }
    case 'activation_failed':
      return { ...base, status, failure: failureOf(row), endedAt: need(row, row.endedAt, 'ended_at') }
  }
}

function leaseOf(row: GrantRow): Lease | null {
  if (row.activatedAt === null) return null
  return { activatedAt: row.activatedAt, endsAt: need(row, row.leaseEndsAt, 'lease_ends_at') }
}

function revocationOf(row: GrantRow): Revocation {
  return {
    cause: need(row, row.revocationCause, 'revocation_cause'),
    byId: row.revokedById,
    reason: row.revocationReason,
    startedAt: need(row, row.revocationStartedAt, 'revocation_started_at'),
  }
}

function failureOf(row: GrantRow): Failure {
  return {
    code: need(row, row.failureCode, 'failure_code'),
    message: need(row, row.failureMessage, 'failure_message'),
    at: need(row, row.failedAt, 'failed_at'),
  }
}

function need<T>(row: GrantRow, value: T | null, column: string): T {
  return required(value, 'grants', row.id, column)
}

/** The row of a new grant. */
export function grantRow(grant: Grant): NewGrantRow {
  const { id, requestId, holderId, resourceId, entitlementId, approvedContent, durationSeconds, createdAt } =
    grant
  const terms = { resourceId, entitlementId, approvedContent, durationSeconds }
  return { id, requestId, holderId, ...terms, createdAt, ...grantState(grant) }
}

/** The columns that a transition writes. Null: this status has no value. Absent: the old value stays on the row. */
export function grantState(grant: Grant) {
  const lease = 'lease' in grant ? grant.lease : null
  const revocation = 'revocation' in grant ? grant.revocation : null
  const failure = 'failure' in grant ? grant.failure : null
  return {
    status: grant.status,
    generation: grant.generation,
    login: grant.login ?? null,
    awaitsLogin: grant.status === 'activating' ? (grant.awaitsLogin ?? null) : null,
    ...('attempts' in grant ? { attempts: grant.attempts } : {}),
    activatedAt: lease?.activatedAt ?? null,
    leaseEndsAt: lease?.endsAt ?? null,
    ...('granted' in grant ? { granted: grant.granted } : {}),
    revocationCause: revocation?.cause ?? null,
    revokedById: revocation?.byId ?? null,
    revocationReason: revocation?.reason ?? null,
    revocationStartedAt: revocation?.startedAt ?? null,
    failureCode: failure?.code ?? null,
    failureMessage: failure?.message ?? null,
    failedAt: failure?.at ?? null,
    endedAt: 'endedAt' in grant ? grant.endedAt : null,
    removed: 'removed' in grant ? grant.removed : null,
  } satisfies Partial<NewGrantRow>
}
