import type { Grant, Lease } from './grant.ts'
import type { AccessRequest } from './request.ts'

/** The outcome of an approved extension: the end of the lease moved, or it did not. */
export interface LeaseExtension {
  readonly requestId: string
  readonly grantId: string
  readonly fromEndsAt: Date
  /** Where it failed: the same as `fromEndsAt`. */
  readonly endsAt: Date
  readonly at: Date
  /** Why the end did not move, as a sentence for people. Null: it moved. */
  readonly failure: string | null
}

/** What a request for more time extends. */
export interface ExtendedLease {
  readonly grant: Grant
  /** The request that the lease came of. */
  readonly request: AccessRequest
  /** Null: not approved, or the end is being moved. */
  readonly outcome: LeaseExtension | null
}

/** One request for more time, as the history of its lease shows it. */
export interface RequestedExtension {
  readonly request: AccessRequest
  readonly outcome: LeaseExtension | null
}

/** The lease of this grant. Null: it never was active. */
export function leaseOf(grant: Grant): Lease | null {
  return 'lease' in grant ? grant.lease : null
}

/** Seconds from the activation to the end. Policies judge an extension by the whole lease, so many short ones are no way around a limit. */
export function secondsOf({ activatedAt, endsAt }: Lease): number {
  return Math.round((endsAt.getTime() - activatedAt.getTime()) / 1000)
}

/** The time for which the catalog and the policies judge a request: of an extension, the whole lease with `seconds` more. */
export function judgedSeconds(extended: Pick<ExtendedLease, 'grant'> | null, seconds: number): number {
  const lease = extended && leaseOf(extended.grant)
  return lease ? secondsOf(lease) + seconds : seconds
}

/** The end that was asked for. It counts from the present end, and never goes beyond `limit`, where there is one. */
export function extendedEnd({ endsAt }: Lease, seconds: number, limit: Date | null): Date {
  const asked = endsAt.getTime() + seconds * 1000
  return new Date(limit ? Math.min(asked, limit.getTime()) : asked)
}

/** Whether it waits for a decision, or is approved and the end is being moved. */
export function isUnderWay({ request, outcome }: RequestedExtension): boolean {
  return request.status === 'pending' || (request.status === 'approved' && outcome === null)
}
