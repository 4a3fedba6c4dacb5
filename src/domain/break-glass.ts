import { addHours } from 'date-fns/addHours'
import type { PolicyResult } from './policy.ts'

/** The judgement of a reviewer. */
export const reviewVerdicts = ['justified', 'not_justified'] as const
export type ReviewVerdict = (typeof reviewVerdicts)[number]

/** An owner looks afterwards at access that was taken in an emergency. While it is open, the person cannot break glass again. */
export interface BreakGlassReview {
  readonly requestId: string
  readonly openedAt: Date
  readonly dueAt: Date
  /** Null: it is open. */
  readonly outcome: ReviewOutcome | null
}

export interface ReviewOutcome {
  readonly byId: string
  readonly at: Date
  readonly verdict: ReviewVerdict
  readonly finding: string
  readonly policy: PolicyResult
}

/** A review is due within a day. */
export function reviewDueAt(openedAt: Date): Date {
  return addHours(openedAt, 24)
}
