import type { Absence } from './absence.ts'
import type { Account } from './account.ts'
import type { LeaseActivity } from './activity.ts'
import type { ApproverCall } from './approver-call.ts'
import type { RecordedAuditEvent } from './audit-event.ts'
import type { BreakGlassReview, ReviewOutcome } from './break-glass.ts'
import type { BundlePlace } from './bundle-place.ts'
import type { Engagement } from './engagement.ts'
import type { Grant } from './grant.ts'
import type { ExtendedLease, RequestedExtension } from './lease-extension.ts'
import type { Alert } from './noticing/alert.ts'
import type { PreApproval } from './pre-approval.ts'
import type { RemovedOfRequest } from './record/record-log.ts'
import type { AccessRequest, Decision } from './request.ts'
import type { Preview, Run } from './run.ts'
import type { TaskWithPeople } from './task.ts'

/** All facts about one request, read in one snapshot. */
export interface RequestHistory {
  readonly request: AccessRequest
  readonly requester: Account
  /** The requester's open engagement, which may begin later. Null: there is none. */
  readonly engagement: Engagement | null
  /** In the order of their times. */
  readonly decisions: readonly (Decision & { readonly approver: Account })[]
  /** Null also for an extension and an action, which make none. */
  readonly grant: Grant | null
  /** The account that took the grant back. Null: no person did. */
  readonly revoker: Account | null
  /** The review of access that was taken in an emergency. Null: nobody broke glass. */
  readonly review: ReviewWithPeople | null
  /** The pre-approval that approved it. */
  readonly usedPreApproval: PreApprovalWithPeople | null
  /** The pre-approval that was made from it: the open one, or the newest. */
  readonly madePreApproval: PreApprovalWithPeople | null
  /** The lease that this request asks to extend. Null: it asks for access. */
  readonly extends: ExtendedLease | null
  /** The requests for more time for the lease of this request, the oldest first. */
  readonly extensions: readonly RequestedExtension[]
  /** The run of an approved action. Null: it asks for something else, or is not approved. */
  readonly run: Run | null
  /** What the action would change. Null: it was not asked. */
  readonly preview: Preview | null
  /** The bundle with which it was asked for. Absent: it was asked for alone. */
  readonly bundle?: BundlePlace
  /** The work of people at the target, in the order in which it was ordered. */
  readonly tasks: readonly TaskWithPeople[]
  /** What the holder did, as far as the target shows it. Absent: nobody looked, or it was removed. */
  readonly activity?: LeaseActivity
  /** People who said to be away, some of them in the past. */
  readonly absences: readonly Absence[]
  /** The calls to approvers while it waited, in their order. */
  readonly calls: readonly ApproverCall[]
  /** Somebody took back all access, and the request was cancelled with it. Null: not so. */
  readonly cancelledBy: { readonly userId: string; readonly reason: string } | null
}

/** A request and who asks. */
export type RequestWithRequester = Pick<RequestHistory, 'request' | 'requester' | 'engagement'>

export type ReviewWithPeople = Omit<BreakGlassReview, 'outcome'> & {
  readonly outcome: (ReviewOutcome & { readonly reviewer: Account }) | null
}

export type PreApprovalWithPeople = Omit<PreApproval, 'withdrawal'> & {
  readonly maker: Account
  readonly withdrawal: (NonNullable<PreApproval['withdrawal']> & { readonly by: Account | null }) | null
}

/** The history of a request with all its audit events, for `/audit AR-1042`. */
export interface AuditedHistory extends RequestHistory {
  /** Events that retention removed, by its rules. Absent: none. */
  readonly removed?: readonly RemovedOfRequest[]
  /** What was noticed about it, and what people said of it. Absent: nothing was. */
  readonly alerts?: readonly Alert[]
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
