import {
  type ApprovalPlan,
  type ApproverName,
  isSamePlan,
  planFor,
  type Rung,
  rungsOf,
} from './approval-plan.ts'
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

/** Those who may also decide after a time without any decision, and when. */
export function calledLater(
  plan: Pick<ApprovalPlan, 'substitutes'>,
  { submittedAt }: Pick<AccessRequest, 'submittedAt'>,
  decisions: readonly Pick<Decision, 'decidedAt'>[],
): (Rung & { readonly at: Date })[] {
  const answered = Math.max(submittedAt.getTime(), ...decisions.map(({ decidedAt }) => decidedAt.getTime()))
  return rungsOf(plan).map((rung) => ({ ...rung, at: new Date(answered + rung.afterSeconds * 1000) }))
}

/** Those of them who may decide now. */
export function calledBy(now: Date, ...about: Parameters<typeof calledLater>): ApproverName[] {
  return calledLater(...about)
    .filter(({ at }) => at <= now)
    .flatMap(({ approvers }) => approvers)
}

/** All of them, whenever their time comes. */
export function calledEver(plan: Pick<ApprovalPlan, 'substitutes'>): ApproverName[] {
  return rungsOf(plan).flatMap(({ approvers }) => approvers)
}
