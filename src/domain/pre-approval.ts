import type { PolicyResult } from './policy.ts'

/** The reference of a pre-approval for people: `PA-12`. */
export type PreApprovalReference = `PA-${number}`

/**
 * The approval, in advance, of further requests of one person for what one earlier request asked for: the same entitlement with
 * the same content. Each use is a request and a lease of its own.
 */
export interface PreApproval {
  readonly id: string
  readonly reference: PreApprovalReference
  /** The request that it was made from. It names person, entitlement and content. */
  readonly requestId: string
  readonly madeById: string
  readonly madeAt: Date
  readonly goodThrough: Date
  /** The longest lease of each use. */
  readonly maxDurationSeconds: number
  readonly reason: string
  /** The engagement of the person when it was made. It ends with that. Null: an employee. */
  readonly engagementId: string | null
  readonly policy: PolicyResult
  /** Null: nobody withdrew it. `byId` null: an access review ended it, because nobody decided in time. */
  readonly withdrawal: { readonly byId: string | null; readonly at: Date } | null
}

/** One that was withdrawn, with the request that it was made from. */
export interface WithdrawnPreApproval extends Pick<PreApproval, 'reference' | 'requestId'> {
  readonly requesterId: string
  readonly resourceId: string
  readonly entitlementId: string
}

/** Why a pre-approval is no longer good. `changed`: the catalog gives something else under that name, or asks more people. */
export type PreApprovalEnd = 'withdrawn' | 'over' | 'engagement_ended' | 'changed'
