import type { LeaseActivity } from '../activity.ts'

/** A lease and its use, for rules that notice. */
export interface LeaseUse {
  readonly activatedAt: Date
  /** Null: it goes on. */
  readonly endedAt: Date | null
  /** The holder's time zone in Slack. Null: Slack does not say. */
  readonly timeZone: string | null
  /** Null: nobody looked, or it was removed. */
  readonly activity: LeaseActivity | null
}

/** An approval, and how long it was decided after somebody could: after the request, or after the decision before it. */
export interface TimedApproval {
  readonly requestId: string
  readonly afterSeconds: number
}

/** What rules may ask about the past. Ids of accounts stand for their persons. */
export interface NoticingFacts {
  /** Null: there is no such lease, or its access was never given. */
  lease(grantId: string): Promise<LeaseUse | null>
  /**
   * The rows that each of the last leases of the same entitlement read and changed, as far as its target tells. Only of leases that
   * have ended, and not of this one.
   */
  earlierRows(grantId: string, most: number): Promise<number[]>
  /** The addresses that the last leases of the same person showed, and how many of these leases showed one. Without this one. */
  earlierAddresses(
    grantId: string,
    most: number,
  ): Promise<{ readonly leases: number; readonly addresses: readonly string[] }>
  /** How many requests this person submitted. Both ends belong to the range. */
  submitted(accountId: string, from: Date, to: Date): Promise<number>
  /** The approvals of this person. Both ends belong to the range. */
  approvals(accountId: string, from: Date, to: Date): Promise<TimedApproval[]>
  /** For each request of this person that people approved: an account of each of them. Both ends belong to the range. */
  approversOf(accountId: string, from: Date, to: Date): Promise<readonly (readonly string[])[]>
}
