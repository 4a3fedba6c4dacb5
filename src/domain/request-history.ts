import type { Account } from './account.ts'
import type { RecordedAuditEvent } from './audit-event.ts'
import type { BreakGlassReview, ReviewOutcome } from './break-glass.ts'
import type { Engagement } from './engagement.ts'
import type { Grant } from './grant.ts'
import type { PreApproval } from './pre-approval.ts'
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
  /** The review of access that was taken in an emergency. Null: nobody broke glass. */
  readonly review: ReviewWithPeople | null
  /** The pre-approval that approved it. */
  readonly usedPreApproval: PreApprovalWithPeople | null
  /** The pre-approval that was made from it: the open one, or the newest. */
  readonly madePreApproval: PreApprovalWithPeople | null
}

export type ReviewWithPeople = Omit<BreakGlassReview, 'outcome'> & {
  readonly outcome: (ReviewOutcome & { readonly reviewer: Account }) | null
}

export type PreApprovalWithPeople = Omit<PreApproval, 'withdrawal'> & {
  readonly maker: Account
  readonly withdrawal: (NonNullable<PreApproval['withdrawal']> & { readonly by: Account }) | null
}

/** The history of a request with all its audit events, for `/audit AR-1042`. */
export interface AuditedHistory extends RequestHistory {
  readonly events: readonly (RecordedAuditEvent & {
    /** The Slack user id of the actor. Null: Daypass itself. */
    readonly actorUserId: string | null
  })[]
}

/** The key of a request in an audit listing, which is ordered by it, newest first. */
export interface AuditKey {
  readonly submittedAt: Date
  /** The number in the reference. It decides between requests of the same instant. */
  readonly number: number
}

/** The part of a listing to show. A key finds the same rows also when newer requests have arrived meanwhile. */
export type AuditPlace =
  /** From 1, counted from the newest request. */
  | { readonly kind: 'page'; readonly page: number }
  /** The next older rows. */
  | { readonly kind: 'older'; readonly than: AuditKey }
  /** The next newer rows; the first page when these are fewer than a page. */
  | { readonly kind: 'newer'; readonly than: AuditKey }

/** More rows than this are not counted. */
export const mostCounted = 10_000

/** One page of an audit listing, newest first. */
export interface AuditPage {
  readonly rows: readonly RequestHistory[]
  /** The number of rows before this page. Null: more than `mostCounted`. */
  readonly newer: number | null
  /** Whether there are rows after this page. */
  readonly hasOlder: boolean
  /** Null: more than `mostCounted`. */
  readonly total: number | null
}

export function auditKeyOf({ request }: RequestHistory): AuditKey {
  return { submittedAt: request.submittedAt, number: Number(request.reference.slice('AR-'.length)) }
}
