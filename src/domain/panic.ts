import type { Account } from './account.ts'
import type { Freeze, Scope } from './freeze.ts'

/** Everything that a panic takes back, at one moment. */
export interface PanicCounts {
  /** Live grants: access that a target may have. */
  readonly leases: number
  /** Distinct persons who hold them. */
  readonly holders: number
  /** Distinct resources on which they are. */
  readonly resources: number
  /** Requests that wait for a decision. */
  readonly pending: number
}

/** All access of a scope is taken back at once, by one person. */
export interface Panic {
  readonly id: string
  readonly scope: Scope
  readonly reason: string
  readonly by: Pick<Account, 'id' | 'userId'>
  readonly at: Date
  /** Counted when it began. */
  readonly counts: PanicCounts
  /** The freeze that was made with it. Null: none was wanted. */
  readonly freezeId: string | null
  /** When all its revocations were ordered. Null: they are being ordered. */
  readonly orderedAt: Date | null
  /** When all its access was proven gone. Null: some may still be open. */
  readonly finishedAt: Date | null
}

/** How far a panic has come. */
export interface PanicProgress {
  readonly leases: number
  /** Of these, a read-back showed that the access is gone. */
  readonly gone: number
  /** The others, by resource. */
  readonly open: readonly OpenResource[]
  /** The requests that it closed. */
  readonly closedRequests: number
  /** When the last access was proven gone. */
  readonly lastGoneAt: Date | null
}

export interface OpenResource {
  readonly resourceId: string
  readonly revoking: number
  /** Their removal failed, and is tried again. */
  readonly failed: number
  /** What the target answered last. Null: nothing failed. */
  readonly failure: string | null
}

/** The messages about a panic in the security channel: one that is edited, and one at the end. */
export const panicMessages = ['progress', 'end'] as const
export type PanicMessage = (typeof panicMessages)[number]

/** A panic as its messages show it. */
export interface PanicReport {
  readonly panic: Panic
  readonly progress: PanicProgress
  /** The freeze that was made with it, while it holds. */
  readonly freeze: Freeze | null
}
