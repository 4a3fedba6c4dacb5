import {
  type ApprovalPlan,
  type ApprovalStage,
  type ApproverName,
  type Need,
  substitute,
} from './approval-plan.ts'
import { emptyPlaces } from './matching.ts'

/** One person's approval, with the names of the plan under which it counts. */
export interface GivenApproval {
  readonly person: string
  readonly countsAs: readonly ApproverName[]
}

/** How far a plan is. */
export interface PlanProgress<Given extends GivenApproval = GivenApproval> {
  /** The approvals that count in each stage. */
  readonly given: readonly (readonly Given[])[]
  /** The first stage that is not complete. Null: the plan is complete. */
  readonly open: OpenStage | null
}

export interface OpenStage {
  /** From 0. */
  readonly index: number
  readonly stage: ApprovalStage
  /** How many approvals the stage still needs. */
  readonly missing: number
  /** Names of the stage whose approval is still missing. An approval under any other name adds nothing. */
  readonly missingFrom: readonly ApproverName[]
}

/**
 * Counts the approvals, in their order. An approval counts for the stage that was open when it was given, if that stage then
 * needs one approval less. Postgres counts in the same way (`approvals_open_stage`).
 */
export function progressOf<Given extends GivenApproval>(
  plan: ApprovalPlan,
  approvals: readonly Given[],
): PlanProgress<Given> {
  const given: Given[][] = plan.stages.map(() => [])
  let open = 0
  for (const approval of approvals) {
    const stage = plan.stages[open]
    const here = given[open]
    if (!stage || !here) break
    const before = plan.samePersonInTwoStages ? here : given.flat()
    if (before.some(({ person }) => person === approval.person)) continue
    if (!addsTo(plan, stage, here, approval)) continue
    here.push(approval)
    if (missingIn(plan, stage, here) === 0) open += 1
  }
  return { given, open: openStage(plan, open, given[open] ?? []) }
}

/** Whether this person's approval would bring the plan nearer to its end now. */
export function isNeeded(
  plan: ApprovalPlan,
  { given, open }: PlanProgress,
  approval: GivenApproval,
): boolean {
  if (!open) return false
  const here = given[open.index] ?? []
  const before = plan.samePersonInTwoStages ? here : given.flat()
  return before.every(({ person }) => person !== approval.person) && addsTo(plan, open.stage, here, approval)
}

/**
 * Whether the rest of the plan can still be completed by these candidates. `approvals` were given already. Each person fills one
 * need, in the whole plan or in each stage.
 */
export function canComplete(
  plan: ApprovalPlan,
  approvals: readonly GivenApproval[],
  candidates: readonly GivenApproval[],
): boolean {
  const { given, open } = progressOf(plan, approvals)
  if (!open) return true
  const here = given[open.index] ?? []
  const used = new Set(approvals.map(({ person }) => person))
  const rest = plan.stages.slice(open.index)
  if (plan.samePersonInTwoStages) {
    return rest.every((stage, later) => {
      const already = later === 0 ? here : []
      const others = candidates.filter(({ person }) => already.every((one) => one.person !== person))
      return missingIn(plan, stage, [...already, ...others]) === 0
    })
  }
  const places = rest.flatMap((stage, later) => placesOf(stage).map((need) => ({ need, later })))
  const already = here.map((approval) => ({ ...approval, isGiven: true }))
  const others = candidates
    .filter(({ person }) => !used.has(person))
    .map((approval) => ({ ...approval, isGiven: false }))
  const fits = (one: GivenApproval & { isGiven: boolean }, { need, later }: (typeof places)[number]) =>
    (!one.isGiven || later === 0) && canFill(plan, need, one)
  return emptyPlaces(places, [...already, ...others], fits) === 0
}

function openStage(plan: ApprovalPlan, index: number, given: readonly GivenApproval[]): OpenStage | null {
  const stage = plan.stages[index]
  if (!stage) return null
  const names = [...new Set(stage.needs.flatMap(({ from }) => from))]
  const missingFrom = names.filter((name) => addsTo(plan, stage, given, { person: '', countsAs: [name] }))
  return { index, stage, missing: missingIn(plan, stage, given), missingFrom }
}

function addsTo(
  plan: ApprovalPlan,
  stage: ApprovalStage,
  given: readonly GivenApproval[],
  approval: GivenApproval,
): boolean {
  return missingIn(plan, stage, [...given, approval]) < missingIn(plan, stage, given)
}

function missingIn(plan: ApprovalPlan, stage: ApprovalStage, given: readonly GivenApproval[]): number {
  return emptyPlaces(placesOf(stage), given, (approval, need) => canFill(plan, need, approval))
}

/** A need for two people has two places. */
function placesOf({ needs }: ApprovalStage): Need[] {
  return needs.flatMap((need) => Array.from({ length: need.count }, () => need))
}

function canFill({ substitutes }: ApprovalPlan, { from }: Need, { countsAs }: GivenApproval): boolean {
  return countsAs.some((name) => from.includes(name) || (name === substitute && substitutes !== null))
}
