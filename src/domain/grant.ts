import type { Evidence, Facts } from './connector.ts'
import type { EntitlementContent } from './entitlement-content.ts'

/**
 * Why access was taken back. `activation_failed`: the activation may have given a part of the access, which is removed.
 * `ticket_closed`: the ticket of the request is closed or gone. `idle`: nobody used it, and the holder did not say that it is needed.
 */
export const revocationCauses = [
  'lease_ended',
  'released',
  'revoked',
  'offboarded',
  'activation_failed',
  'ticket_closed',
  'idle',
] as const
export type RevocationCause = (typeof revocationCauses)[number]

/** A fault at the target, as text for owners and security. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly at: Date
  /** The target asked not to be called before. Not stored. */
  readonly notBefore?: Date
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
  /** The planned start. The lease ends `durationSeconds` after it, also where it starts later. Absent: it starts when it is active. */
  readonly startsAt?: Date
  /** Goes up when the end of the lease moves, so that a revocation for the former end does nothing. */
  readonly generation: number
  readonly createdAt: Date
  /** The login in the target system to which it is given. Absent: the connector needs none, or it is not known yet. */
  readonly login?: string
  /** What the connector found at the target before it gave anything to this login. */
  readonly before?: Facts
}

export interface Lease {
  readonly activatedAt: Date
  readonly endsAt: Date
}

export interface Revocation {
  readonly cause: RevocationCause
  /** The account that revoked it; null if the lease ended. */
  readonly byId: string | null
  /** The reason that this person typed, or a sentence of Daypass. */
  readonly reason: string | null
  readonly startedAt: Date
}

/** It is approved, and starts later. The target has nothing for it yet. */
export type ScheduledGrant = GrantBase & { readonly status: 'scheduled'; readonly startsAt: Date }
export type ActivatingGrant = GrantBase & {
  readonly status: 'activating'
  readonly attempts: number
  /** The name of the login that nobody has confirmed yet. The activation waits for it. */
  readonly awaitsLogin?: string
  /** The sentence of the connector that says who must do what at the target first. The activation waits for it. */
  readonly awaits?: string
  /** The last time at which the activation waited for a person or for its start. Patience with the target counts from there. */
  readonly awaitedAt?: Date
}
export type ActiveGrant = GrantBase & {
  readonly status: 'active'
  readonly lease: Lease
  readonly granted: Evidence
  /** The last use that the target showed. Absent: none was seen. Only where the entitlement says how long a lease may be idle. */
  readonly lastUsedAt?: Date
  /** The last time at which the holder said that it is still needed. Absent: never. */
  readonly keptAt?: Date
  /** When the holder was asked whether the idle lease is still needed. Absent: no question is open. */
  readonly idleAskedAt?: Date
}
export type RevokingGrant = GrantBase & {
  readonly status: 'revoking'
  readonly lease: Lease | null
  /** Absent: no read-back showed the complete access. */
  readonly granted?: Evidence
  readonly revocation: Revocation
  readonly attempts: number
  /** The sentence of the connector that says who must do what to take it away. It has not waited too long yet. */
  readonly awaits?: string
}
export type FailedRevocationGrant = GrantBase & {
  readonly status: 'revocation_failed'
  readonly lease: Lease | null
  readonly granted?: Evidence
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
/** It was taken back before its start, so nothing was given. */
export type CancelledGrant = GrantBase & {
  readonly status: 'cancelled'
  readonly startsAt: Date
  readonly revocation: Revocation
  readonly endedAt: Date
}
export type FailedActivationGrant = GrantBase & {
  readonly status: 'activation_failed'
  readonly failure: Failure
  readonly endedAt: Date
}

/** A person holds an entitlement, for a lease. */
export type Grant =
  | ScheduledGrant
  | ActivatingGrant
  | ActiveGrant
  | RevokingGrant
  | FailedRevocationGrant
  | EndedGrant
  | CancelledGrant
  | FailedActivationGrant
export type GrantStatus = Grant['status']
export const grantStatuses = [
  'scheduled',
  'activating',
  'active',
  'revoking',
  'revocation_failed',
  'ended',
  'revoked',
  'cancelled',
  'activation_failed',
] as const satisfies readonly GrantStatus[]

/** Legal transitions; Postgres refuses all others too (`status_transitions`). */
export const grantTransitions: Readonly<Record<GrantStatus, readonly GrantStatus[]>> = {
  scheduled: ['activating', 'cancelled', 'activation_failed'],
  activating: ['active', 'activation_failed', 'revoking'],
  active: ['revoking'],
  revoking: ['ended', 'revoked', 'revocation_failed'],
  revocation_failed: ['revoking'],
  ended: [],
  revoked: [],
  cancelled: [],
  activation_failed: [],
}

/** In these statuses the grant has not reached its end. */
export const openStatuses: readonly GrantStatus[] = grantStatuses.filter(
  (status) => grantTransitions[status].length > 0,
)
/** In these statuses the target may still have something for the grant. */
export const liveStatuses: readonly GrantStatus[] = openStatuses.filter((status) => status !== 'scheduled')

/** How long a revocation may wait for a person before it counts as failed, where the connector does not say. */
export const usualEscalationSeconds = 15 * 60

/** Whether the activation waits until a person has done something at the target. */
export function awaitsPerson(grant: Grant): boolean {
  return grant.status === 'activating' && grant.awaits !== undefined
}

/** Whether somebody may still take it back: it is active, or will be. */
export function isToBeTakenBack(
  grant: Grant | null | undefined,
): grant is ScheduledGrant | ActivatingGrant | ActiveGrant {
  return grant !== null && grant !== undefined && isStatusToBeTakenBack(grant.status)
}

export function isStatusToBeTakenBack(status: GrantStatus): boolean {
  return status === 'scheduled' || status === 'activating' || status === 'active'
}

/** Whether it has not reached its end. */
export function isOpen(grant: Pick<Grant, 'status'>): boolean {
  return openStatuses.includes(grant.status)
}

/** Whether the target may still have something for this grant. */
export function isLive(grant: Pick<Grant, 'status'>): boolean {
  return liveStatuses.includes(grant.status)
}

/** A grant `ended` when its lease ran out. A grant that was taken back early is `revoked`. */
export function finalStatus(cause: RevocationCause): 'ended' | 'revoked' {
  return cause === 'lease_ended' ? 'ended' : 'revoked'
}

/**
 * A lease that starts now. It lasts as long as approved, counted from the planned start where there is one, but never beyond
 * `limit`, where there is one.
 */
export function leaseFrom(
  now: Date,
  { durationSeconds, startsAt = now }: Pick<GrantBase, 'durationSeconds' | 'startsAt'>,
  limit: Date | null,
): Lease {
  // The clocks of two processes differ by some milliseconds.
  const activatedAt = startsAt > now ? startsAt : now
  return { activatedAt, endsAt: plannedEnd(startsAt, durationSeconds, limit) }
}

/** The end of a lease that is planned to start then. */
export function plannedEnd(startsAt: Date, durationSeconds: number, limit: Date | null = null): Date {
  const asked = startsAt.getTime() + durationSeconds * 1000
  return new Date(limit ? Math.min(asked, limit.getTime()) : asked)
}

/** The time from which the activation waits for people: not before the planned start. */
export function activationBegan({ createdAt, startsAt = createdAt }: GrantBase): Date {
  return startsAt > createdAt ? startsAt : createdAt
}

/** The generations that a notice can tell apart, and the seconds that fit between two. The table keeps an `integer`. */
const noticeGenerations = 200
const noticeSpan = 10_000_000

/**
 * The variant of the message that tells the end of this generation of a lease, so many seconds before it. After an extension the
 * notice is a new message, because an edit would notify nobody.
 */
export function noticeVariant({ generation }: Pick<GrantBase, 'generation'>, seconds: number): number {
  return (Math.max(0, generation - 1) % noticeGenerations) * noticeSpan + seconds
}

/** The variant of the question whether this idle lease is still needed. Each question is a message of its own. */
export function idleVariant({ activatedAt }: Lease, askedAt: Date): number {
  return Math.round((askedAt.getTime() - activatedAt.getTime()) / 1000)
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
