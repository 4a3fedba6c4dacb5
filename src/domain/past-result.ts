import type { PolicyResult } from './policy.ts'

/** A result of the policies that was recorded, with what it was about. */
export interface PastResult {
  /** `request`: a submitted one. `refusal`: a request that was refused. `decision`: somebody's approval or denial. */
  readonly kind: 'request' | 'refusal' | 'decision'
  readonly at: Date
  /** Null: a refused request has none. */
  readonly reference: string | null
  readonly resourceId: string
  readonly entitlementId: string
  readonly policy: PolicyResult
}
