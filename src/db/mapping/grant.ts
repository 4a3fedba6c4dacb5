import type { Failure, Grant, Lease, Revocation } from '../../domain/grant.ts'
import type { GrantRow, NewGrantRow } from '../schema/grants.ts'
import { required } from './impossible-row.ts'
import { content, evidence, facts, readJson } from './stored-json.ts'

export function toGrant(row: GrantRow): Grant {
  const base = {
    id: row.id,
    requestId: row.requestId,
    holderId: row.holderId,
    resourceId: row.resourceId,
    entitlementId: row.entitlementId,
    approvedContent: readJson(content, row.approvedContent, 'grants', row.id, 'approved_content'),
    durationSeconds: row.durationSeconds,
    ...(row.startsAt === null ? {} : { startsAt: row.startsAt }),
    generation: row.generation,
    createdAt: row.createdAt,
    ...(row.login === null ? {} : { login: row.login }),
    ...(row.before === null ? {} : { before: readJson(facts, row.before, 'grants', row.id, 'found_before') }),
  }
  const { attempts, status } = row
  switch (status) {
    case 'scheduled':
      return { ...base, status, startsAt: need(row, row.startsAt, 'starts_at') }
    case 'activating':
      return {
        ...base,
        status,
        attempts,
        ...(row.awaitsLogin === null ? {} : { awaitsLogin: row.awaitsLogin }),
        ...(row.awaits === null ? {} : { awaits: row.awaits }),
        ...(row.awaitedAt === null ? {} : { awaitedAt: row.awaitedAt }),
      }
    case 'active': {
      const lease = need(row, leaseOf(row), 'activated_at')
      return {
        ...base,
        status,
        lease,
        granted: grantedOf(row),
        ...(row.lastUsedAt === null ? {} : { lastUsedAt: row.lastUsedAt }),
        ...(row.keptAt === null ? {} : { keptAt: row.keptAt }),
        ...(row.idleAskedAt === null ? {} : { idleAskedAt: row.idleAskedAt }),
      }
    }
    case 'revoking':
      return {
        ...base,
        ...openOf(row),
        status,
        attempts,
        ...(row.awaits === null ? {} : { awaits: row.awaits }),
      }
    case 'revocation_failed':
      return { ...base, ...openOf(row), status, attempts, failure: failureOf(row) }
    case 'ended':
    case 'revoked': {
      const removed = readJson(evidence, row.removed, 'grants', row.id, 'removed')
      const endedAt = need(row, row.endedAt, 'ended_at')
      return { ...base, status, lease: leaseOf(row), revocation: revocationOf(row), endedAt, removed }
    }
    case 'cancelled':
      return {
        ...base,
        status,
        startsAt: need(row, row.startsAt, 'starts_at'),
        revocation: revocationOf(row),
        endedAt: need(row, row.endedAt, 'ended_at'),
      }
    case 'activation_failed':
      return { ...base, status, failure: failureOf(row), endedAt: need(row, row.endedAt, 'ended_at') }
  }
}

function grantedOf(row: GrantRow) {
  return readJson(evidence, row.granted, 'grants', row.id, 'granted')
}

/** A revocation that is open. An activation that failed has no read-back of the access. */
function openOf(row: GrantRow) {
  const given = row.granted === null ? {} : { granted: grantedOf(row) }
  return { ...given, lease: leaseOf(row), revocation: revocationOf(row) }
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
  const terms = { resourceId, entitlementId, approvedContent, durationSeconds, startsAt: grant.startsAt }
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
    before: grant.before ?? null,
    ...waitOf(grant),
    ...('attempts' in grant ? { attempts: grant.attempts } : {}),
    activatedAt: lease?.activatedAt ?? null,
    leaseEndsAt: lease?.endsAt ?? null,
    // Known from the activation on, and not sent again with each step of a revocation.
    ...(grant.status === 'active' ? { granted: grant.granted } : {}),
    ...(grant.status === 'active' && grant.lastUsedAt ? { lastUsedAt: grant.lastUsedAt } : {}),
    ...(grant.status === 'active' && grant.keptAt ? { keptAt: grant.keptAt } : {}),
    idleAskedAt: (grant.status === 'active' && grant.idleAskedAt) || null,
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

/** Only an activation and a revocation wait for a person. */
function waitOf(grant: Grant) {
  const { awaitsLogin = null, awaitedAt = null } = grant.status === 'activating' ? grant : {}
  const awaits = grant.status === 'activating' || grant.status === 'revoking' ? grant.awaits : undefined
  return { awaitsLogin, awaits: awaits ?? null, awaitedAt }
}
