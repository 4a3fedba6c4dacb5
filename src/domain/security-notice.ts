import type { PolicyAction } from './policy.ts'
import type { RulesVersion } from './rules-version.ts'

/** Something that the security channel is told once, and that belongs to no request. */
export type SecurityNotice =
  | {
      /** A target and the grants disagree about one access. */
      readonly kind: 'access_drifted'
      readonly resourceId: string
      readonly found: 'unaccounted' | 'missing'
      readonly outcome: 'announced' | 'to_be_removed' | 'removed' | 'restored' | 'not_restored' | 'ended'
      /** The access, as the target shows it. */
      readonly detail: string
      /** Null: no request of this database is known. */
      readonly reference: string | null
    }
  | {
      /** Files of catalog or policies were changed, and the change is refused. The running version stays. */
      readonly kind: 'rules_refused'
      readonly running: RulesVersion
      readonly refused: RulesVersion
      /** Each with file, line and remedy. The first few. */
      readonly problems: readonly string[]
      readonly problemCount: number
    }
  | {
      /** Somebody was refused because policies could not be evaluated. */
      readonly kind: 'policies_not_evaluated'
      readonly action: PolicyAction
      readonly resourceId: string | null
      readonly entitlementId: string | null
      /** Each begins with the ids of the policies. */
      readonly errors: readonly string[]
    }
  | {
      /** The sponsor of open engagements is no longer a full member, so these engagements allow nothing. */
      readonly kind: 'sponsor_left'
      readonly sponsorUserId: string
      /** The first few. */
      readonly contractorUserIds: readonly string[]
      readonly contractorCount: number
    }
