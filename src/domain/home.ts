import type { Account } from './account.ts'
import type { Engagement } from './engagement.ts'
import type { ContractorRow } from './engagement-message.ts'
import type { Favourite } from './favourite.ts'
import type { RequestHistory } from './request-history.ts'
import type { TaskDirection } from './task.ts'

/** The first rows of a list, and the number of all. */
export interface HomeList<Row = RequestHistory> {
  readonly rows: readonly Row[]
  /** Null: more than are counted. */
  readonly total: number | null
}

/** The content of one person's Home tab. */
export interface Home {
  readonly account: Account
  /** The open engagement, which may begin later. Null: there is none. */
  readonly engagement: Engagement | null
  /** Whether the catalog names this person as one who decides. */
  readonly decides: boolean
  /** This person said to be away until then. Null: is here. */
  readonly awayUntil: Date | null
  /** Entitlements and actions that this person wants to see first. */
  readonly favourites: readonly HomeFavourite[]
  /** Pending requests to which this person's approval would add something now. */
  readonly waiting: HomeList
  /** Tasks that this person may do, the oldest first. */
  readonly tasks: HomeList<HomeTask>
  /** This person's live grants, and runs that are not over. */
  readonly holding: HomeList
  /** This person's grants that start later. */
  readonly upcoming: HomeList
  /** This person's pending requests. */
  readonly asked: HomeList
  /** This person's requests that are over, the newest first. */
  readonly past: HomeList
  /** Ids of those of them whose output this person can see now. */
  readonly withOutput: readonly string[]
  /** The requests from which pre-approvals of this person were made that are good now, the longest first. */
  readonly preApproved: HomeList
  /** The contractors whose sponsor this person is. */
  readonly contractors: HomeList<ContractorRow>
  /** The requests that this person may audit. Null: none. */
  readonly audited: AuditedHome | null
}

/** A favourite with its names in the catalog. Null: it is not offered to this person now. */
export interface HomeFavourite extends Favourite {
  readonly offered: {
    readonly entitlementName: string
    readonly resourceName: string
    readonly environment: string | null
  } | null
}

export type OfferedFavourite = HomeFavourite & { readonly offered: NonNullable<HomeFavourite['offered']> }

/** A task, and the request whose access it is about. */
export interface HomeTask {
  readonly history: RequestHistory
  readonly direction: TaskDirection
}

export interface AuditedHome {
  readonly pending: HomeList
  readonly live: HomeList
  /** Their access may still be open. */
  readonly failed: HomeList
  /** Somebody broke glass, and nobody has reviewed it. */
  readonly toReview: HomeList
}
