import type { PersonKind } from './person.ts'

/**
 * A name in `from`: a Slack user, a Slack user group, `owners` (the approvers of the entitlement) or `sponsor` (the sponsor
 * of the requester).
 */
export type ApproverName = string
export const owners = 'owners'
export const sponsor = 'sponsor'
/** An approval of a substitute counts for every need. Never written in `from`. */
export const substitute = 'substitute'

/** `count` distinct people of those whom `from` names. */
export interface Need {
  readonly count: number
  readonly from: readonly ApproverName[]
}

/** A stage is complete when distinct people fill all its needs. A person fills one need, also one who could fill several. */
export interface ApprovalStage {
  readonly name: string
  readonly needs: readonly Need[]
}

/** People who may also decide, after nobody has answered for that long. */
export interface Rung {
  readonly afterSeconds: number
  readonly approvers: readonly ApproverName[]
}

export interface Substitutes extends Rung {
  /** After more time without an answer: a manager, or people on call. Absent: nobody. */
  readonly lastResort?: Rung | undefined
}

/** The approvals that a request needs: stages in order. There is at least one stage, and each has at least one need. */
export interface ApprovalPlan {
  readonly stages: readonly ApprovalStage[]
  /** Whether a person who approved one stage may also approve a later one. */
  readonly samePersonInTwoStages: boolean
  readonly substitutes: Substitutes | null
}

/** Most stages of a plan, and most needs of a stage. Postgres checks every set of needs, so their number is limited. */
export const mostStages = 5
export const mostNeeds = 6

/** The plan of a plain number in the catalog: so many owners. */
export function ownersPlan(count: number): ApprovalPlan {
  const stages = [{ name: 'Approval', needs: [{ count, from: [owners] }] }]
  return { stages, samePersonInTwoStages: false, substitutes: null }
}

/** Those who may also decide after a time, in their order. An approval of theirs counts for every need. */
export function rungsOf({ substitutes }: Pick<ApprovalPlan, 'substitutes'>): Rung[] {
  if (!substitutes) return []
  return substitutes.lastResort ? [substitutes, substitutes.lastResort] : [substitutes]
}

/** The number of approvals that the plan needs. */
export function approvalsIn({ stages }: Pick<ApprovalPlan, 'stages'>): number {
  return stages.flatMap(({ needs }) => needs).reduce((total, { count }) => total + count, 0)
}

/**
 * The plan for this requester. An employee has no sponsor, so needs that only a sponsor could fill are left out. Null: no need
 * is left, and nobody could approve.
 */
export function planFor(plan: ApprovalPlan, kind: PersonKind): ApprovalPlan | null {
  if (kind === 'contractor') return plan
  const stages = plan.stages.flatMap(({ name, needs }) => {
    const left = needs.filter(({ from }) => from.some((one) => one !== sponsor))
    return left.length > 0 ? [{ name, needs: left }] : []
  })
  return stages.length > 0 ? { ...plan, stages } : null
}

/** Every user and user group that the plan names. */
export function namedIn(plan: ApprovalPlan): ApproverName[] {
  const named = plan.stages.flatMap(({ needs }) => needs.flatMap(({ from }) => from))
  const people = named.filter((name) => name !== owners && name !== sponsor)
  return [...new Set([...people, ...rungsOf(plan).flatMap(({ approvers }) => approvers)])]
}

export function isSamePlan(one: ApprovalPlan, other: ApprovalPlan): boolean {
  return comparable(one) === comparable(other)
}

/** Values without keys, because the database returns keys in another order. */
function comparable({ stages, samePersonInTwoStages, substitutes }: ApprovalPlan): string {
  const needs = stages.map(({ name, needs }) => [name, needs.map(({ count, from }) => [count, from])])
  return JSON.stringify([
    needs,
    samePersonInTwoStages,
    rungsOf({ substitutes }).map(({ afterSeconds, approvers }) => [afterSeconds, approvers]),
  ])
}
