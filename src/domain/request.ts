import type { ExactAction } from './action.ts'
import type { ApprovalPlan, ApproverName } from './approval-plan.ts'
import type { Risk } from './catalog.ts'
import type { EntitlementContent } from './entitlement-content.ts'
import type { PolicyResult } from './policy.ts'
import type { StepUpMoment } from './step-up.ts'
import type { TicketCheck } from './tracker.ts'

/** The reference of a request for people: `AR-1042`. */
export type Reference = `AR-${number}`

/**
 * The requested entitlement, as the catalog described it at the time of the request. The catalog may change; this does
 * not.
 */
export interface Terms {
  readonly resourceName: string
  readonly environment: string | null
  readonly entitlementName: string
  readonly risk: Risk
  readonly approvals: ApprovalPlan
  /** Channels that get a copy of the card. */
  readonly tell: readonly string[]
  /** How many leases by rule one person could take within 24 hours. */
  readonly selfServePerPersonAndDay: number
  /** The longest lease in an emergency. Null: nobody could break glass. */
  readonly breakGlassSeconds: number | null
  /** The moments that need a proof. Absent: none. */
  readonly stepUp?: readonly StepUpMoment[]
  /** Its content at the target. An approval counts for this and nothing else. */
  readonly content: EntitlementContent
}

/**
 * The kinds of things that a request can ask for. Once approved, the outcome of `entitlement` is a grant. That of `extension` is a
 * later end of a lease that is active, and that of `action` is one run of exactly that: they make no grant of their own.
 */
export const askedForKinds = ['entitlement', 'extension', 'action'] as const
export type AskedFor = { readonly resourceId: string; readonly entitlementId: string } & (
  | { readonly kind: 'entitlement' }
  | { readonly kind: 'extension'; readonly grantId: string }
  | { readonly kind: 'action'; readonly action: ExactAction }
)

/**
 * How a request is approved: by people, by rule, by a pre-approval, or by the requester in an emergency. Postgres derives it
 * from the stored policy result and pre-approval, so that they cannot disagree.
 */
export const hows = ['approval', 'self_serve', 'pre_approval', 'break_glass'] as const
export type How = (typeof hows)[number]

interface RequestBase {
  readonly id: string
  readonly reference: Reference
  readonly requesterId: string
  readonly asksFor: AskedFor
  readonly terms: Terms
  /** Of an extension: the time to add to the lease. Of an action: the time in which its run must begin. */
  readonly durationSeconds: number
  /** The planned start. Null: as soon as it is approved. An extension has none. */
  readonly startsAt: Date | null
  /** Free text of the requester, without characters that hide or reorder text. */
  readonly justification: string
  readonly ticket: string | null
  /** What the tracker said of the ticket at the time of the request. Null: no tracker is configured for it. */
  readonly ticketCheck: TicketCheck | null
  /** The result of the policies at the time of the request: the same object that the card shows. */
  readonly policy: PolicyResult
  readonly how: How
  /** Null: no pre-approval was used. */
  readonly preApprovalId: string | null
  readonly submittedAt: Date
  /** When a pending request expires. */
  readonly expiresAt: Date
}

export const requestStatuses = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const
export type RequestStatus = (typeof requestStatuses)[number]

export type PendingRequest = RequestBase & { readonly status: 'pending' }
export type ClosedRequest = RequestBase & {
  readonly status: Exclude<RequestStatus, 'pending'>
  readonly closedAt: Date
}
/** One request of one person: entitlement, duration, justification, ticket. */
export type AccessRequest = PendingRequest | ClosedRequest

/** Legal transitions; Postgres refuses all others too (`status_transitions`). */
export const requestTransitions: Readonly<Record<RequestStatus, readonly RequestStatus[]>> = {
  pending: ['approved', 'denied', 'cancelled', 'expired'],
  approved: [],
  denied: [],
  cancelled: [],
  expired: [],
}

export const verdicts = ['approve', 'deny'] as const

/** ONE approver's approve or deny. Unique by request, person and stage. */
export interface Decision {
  readonly requestId: string
  readonly approverId: string
  /** The person beneath the account, so that two accounts of one person count once. */
  readonly approverPerson: string
  readonly verdict: (typeof verdicts)[number]
  /** The stage that was open at the click, from 0. */
  readonly stage: number
  /** The names of the approval plan under which this person counted at the click. */
  readonly countsAs: readonly ApproverName[]
  /** Approved for less: a shorter time than was asked for. Null: as asked, or a denial. */
  readonly durationSeconds: number | null
  /** Required when denying. */
  readonly reason: string | null
  readonly policy: PolicyResult
  /** The proof of who decided. Null: none was needed. */
  readonly stepUpId: string | null
  readonly decidedAt: Date
}

/** Reads `AR-1042` and `ar-1042`. Null when the text is not a reference. */
export function parseReference(text: string): Reference | null {
  const match = /^ar-([1-9]\d{0,8})$/i.exec(text.trim())
  return match ? `AR-${Number(match[1])}` : null
}
