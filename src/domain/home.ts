import type { Account } from './account.ts'
import type { Engagement } from './engagement.ts'
import type { ContractorRow } from './engagement-message.ts'
import type { RequestHistory } from './request-history.ts'

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
  /** Pending requests to which this person's approval would add something now. */
  readonly waiting: HomeList
  /** This person's live grants. */
  readonly holding: HomeList
  /** This person's pending requests. */
  readonly asked: HomeList
  /** This person's requests that are over, the newest first. */
  readonly past: HomeList
  /** The contractors whose sponsor this person is. */
  readonly contractors: HomeList<ContractorRow>
  /** What this person may audit: pending requests, live grants, and grants whose access may still be open. Null: nothing. */
  readonly audited: { readonly pending: HomeList; readonly live: HomeList; readonly failed: HomeList } | null
}
