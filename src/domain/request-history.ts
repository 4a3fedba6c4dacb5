import type { Account } from './account.ts'
import type { RecordedAuditEvent } from './audit-event.ts'
import type { Engagement } from './engagement.ts'
import type { Grant } from './grant.ts'
import type { AccessRequest, Decision } from './request.ts'

/** All facts about one request, read in one snapshot. */
export interface RequestHistory {
  readonly request: AccessRequest
  readonly requester: Account
  /** The requester's open engagement, which may begin later. Null: there is none. */
  readonly engagement: Engagement | null
  /** In the order of their times. */
  readonly decisions: readonly (Decision & { readonly approver: Account })[]
  readonly grant: Grant | null
  /** The account that took the grant back. Null: no person did. */
  readonly revoker: Account | null
}

/** The history of a request with all its audit events, for `/audit AR-1042`. */
export interface AuditedHistory extends RequestHistory {
  readonly events: readonly (RecordedAuditEvent & {
    /** The Slack user id of the actor. Null: Daypass itself. */
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
