import type { Evidence } from './connector.ts'
import type { EntitlementContent } from './entitlement-content.ts'

/** Why access was taken back. `activation_failed`: the activation may have given a part of the access, which is removed. */
export const revocationCauses = [
  'lease_ended',
  'released',
  'revoked',
  'offboarded',
  'activation_failed',
] as const
export type RevocationCause = (typeof revocationCauses)[number]

/** A fault at the target, as text for owners and security. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly at: Date
}

interface GrantBase {
  readonly id: string
  readonly requestId: string
  readonly holderId: string
  readonly resourceId: string
  readonly entitlementId: string
  /** The content that was approved. It is granted, and it must be revoked. */
  readonly approvedContent: EntitlementContent
  readonly durationSeconds: number
  /** Goes up when the end of the lease moves, so that a revocation for the former end does nothing. */
  readonly generation: number
  readonly createdAt: Date
  /** The login in the target system to which it is given. Absent: the connector needs none, or it is not known yet. */
  readonly login?: string
}

export interface Lease {
  readonly activatedAt: Date
  readonly endsAt: Date
}

export interface Revocation {
  readonly cause: RevocationCause
  /** The account that revoked it; null if the lease ended. */
  readonly byId: string | null
  /** The reason that this person typed. */
  readonly reason: string | null
  readonly startedAt: Date
}

export type ActivatingGrant = GrantBase & {
  readonly status: 'activating'
  readonly attempts: number
  /** The name of the login that nobody has confirmed yet. The activation waits for it. */
  readonly awaitsLogin?: string
}
export type ActiveGrant = GrantBase & {
  readonly status: 'active'
  readonly lease: Lease
  readonly granted: Evidence
}
export type RevokingGrant = GrantBase & {
  readonly status: 'revoking'
  readonly lease: Lease | null
  readonly revocation: Revocation
  readonly attempts: number
}
export type FailedRevocationGrant = GrantBase & {
  readonly status: 'revocation_failed'
  readonly lease: Lease | null
  readonly revocation: Revocation
  readonly attempts: number
  readonly failure: Failure
}
export type EndedGrant = GrantBase & {
  readonly status: 'ended' | 'revoked'
  readonly lease: Lease | null
  readonly revocation: Revocation
  readonly endedAt: Date
  /** The read-back that showed that the access is gone. */
  readonly removed: Evidence
}
export type FailedActivationGrant = GrantBase & {
  readonly status: 'activation_failed'
  readonly failure: Failure
  readonly endedAt: Date
}

/** A person holds an entitlement, for a lease. */
export type Grant =
  | ActivatingGrant
  | ActiveGrant
  | RevokingGrant
  | FailedRevocationGrant
  | EndedGrant
  | FailedActivationGrant
export type GrantStatus = Grant['status']
export const grantStatuses = [
  'activating',
  'active',
  'revoking',
  'revocation_failed',
  'ended',
  'revoked',
  'activation_failed',
] as const satisfies readonly GrantStatus[]

/** Legal transitions; Postgres refuses all others too (`status_transitions`). */
export const grantTransitions: Readonly<Record<GrantStatus, readonly GrantStatus[]>> = {
  activating: ['active', 'activation_failed', 'revoking'],
  active: ['revoking'],
  revoking: ['ended', 'revoked', 'revocation_failed'],
  revocation_failed: ['revoking'],
  ended: [],
  revoked: [],
  activation_failed: [],
}

/** In these statuses the target may still have something for the grant. */
export const liveStatuses = grantStatuses.filter((status) => grantTransitions[status].length > 0)

/** Whether the target may still have something for this grant. */
export function isLive(grant: Grant): boolean {
  return liveStatuses.includes(grant.status)
}

/** A grant `ended` when its lease ran out. A grant that was taken back early is `revoked`. */
export function finalStatus(cause: RevocationCause): 'ended' | 'revoked' {
  return cause === 'lease_ended' ? 'ended' : 'revoked'
}

/** A lease that starts now. It lasts as long as requested, but never beyond `limit`, where there is one. */
export function leaseFrom(now: Date, durationSeconds: number, limit: Date | null): Lease {
  const asked = now.getTime() + durationSeconds * 1000
  const end = limit ? Math.min(asked, limit.getTime()) : asked
  return { activatedAt: now, endsAt: new Date(end) }
}

/** The times of the notices before the end of the lease. Notices in the first half of the lease are left out. */
export function expiryNotices(
  lease: Lease,
  noticesSeconds: readonly number[],
): { seconds: number; at: Date }[] {
  const half = (lease.endsAt.getTime() - lease.activatedAt.getTime()) / 2
  return noticesSeconds
    .filter((seconds) => seconds * 1000 <= half)
    .map((seconds) => ({ seconds, at: new Date(lease.endsAt.getTime() - seconds * 1000) }))
}
