import { type ApprovalPlan, isSamePlan, planFor } from './approval-plan.ts'
import { type OpenStage, type PlanProgress, progressOf } from './approval-progress.ts'
import type { PersonKind } from './person.ts'
import type { AccessRequest, Decision } from './request.ts'

/** The approvals of a request, at one moment. */
export interface ApprovalState<One extends Decision = Decision> {
  /** The plan whose stage is open. When all is complete: the plan of the terms. */
  readonly plan: ApprovalPlan
  readonly progress: PlanProgress<Approved<One>>
  /** Null: nobody else has to approve. */
  readonly open: OpenStage | null
  /** The catalog has another plan now than the card showed. Both must be complete. */
  readonly hasChanged: boolean
  /** As asked for, or the shortest time that an approver gave. */
  readonly durationSeconds: number
}

type Approved<One extends Decision> = One & { readonly person: string }

/**
 * Counts the decisions by the plan that the request was made with, and by the present plan of the catalog. The present plan
 * comes first. A request is approved only when both are complete, so a change never makes it easier.
 */
export function approvalState<One extends Decision>(
  { terms, durationSeconds }: Pick<AccessRequest, 'terms' | 'durationSeconds'>,
  requesterKind: PersonKind,
  offered: { readonly approvals: ApprovalPlan } | null,
  decisions: readonly One[],
): ApprovalState<One> {
  const approvals = decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map((decision) => ({ ...decision, person: decision.approverPerson }))
  const shortest = Math.min(
    durationSeconds,
    ...approvals.map((one) => one.durationSeconds ?? durationSeconds),
  )
  const present = offered && planFor(offered.approvals, requesterKind)
  const hasChanged = present !== null && !isSamePlan(present, terms.approvals)
  const byPresent = present && hasChanged ? progressOf(present, approvals) : null
  if (present && byPresent?.open)
    return { plan: present, progress: byPresent, open: byPresent.open, hasChanged, durationSeconds: shortest }
  const progress = progressOf(terms.approvals, approvals)
  return { plan: terms.approvals, progress, open: progress.open, hasChanged, durationSeconds: shortest }
}

/** When the substitutes may decide: after a time without any decision. Null: the plan has none. */
export function substitutesDueAt(
  { substitutes }: ApprovalPlan,
  { submittedAt }: Pick<AccessRequest, 'submittedAt'>,
  decisions: readonly Pick<Decision, 'decidedAt'>[],
): Date | null {
  if (!substitutes) return null
  const answered = Math.max(submittedAt.getTime(), ...decisions.map(({ decidedAt }) => decidedAt.getTime()))
  return new Date(answered + substitutes.afterSeconds * 1000)
}
