import type { Account } from './account.ts'
import type { RecordedAuditEvent } from './audit-event.ts'
import type { Grant } from './grant.ts'
import type { AccessRequest, Decision } from './request.ts'

/** Everything there is to say of one request, read in one snapshot. */
export interface RequestHistory {
  readonly request: AccessRequest
  readonly requester: Account
  /** In the order they were made. */
  readonly decisions: readonly (Decision & { readonly approver: Account })[]
  readonly grant: Grant | null
  /** Who took the grant back, where a person did. */
  readonly revoker: Account | null
}

/** A request's history with every audit event of it, for `/audit AR-1042`. */
export interface AuditedHistory extends RequestHistory {
  readonly events: readonly (RecordedAuditEvent & {
    /** The Slack user id of the actor; null when it was Daypass itself. */
    readonly actorUserId: string | null
  })[]
}

/** One page of an audit listing, newest first. */
export interface AuditPage {
  readonly rows: readonly RequestHistory[]
  /** From 1. */
  readonly page: number
  readonly pageCount: number
  readonly total: number
}
