import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ApprovalPlan,
  approvalsIn,
  ownersPlan,
  planFor,
  substitute,
} from '../../src/domain/approval-plan.ts'
import { canComplete, type GivenApproval, isNeeded, progressOf } from '../../src/domain/approval-progress.ts'
import { approvals, plans } from './_plans.ts'

const by = (person: string, ...countsAs: string[]): GivenApproval => ({ person, countsAs })
const planOf = (
  needs: readonly (readonly [count: number, ...from: string[]])[][],
  changes: Partial<ApprovalPlan> = {},
): ApprovalPlan => ({
  stages: needs.map((stage, index) => ({
    name: `Stage ${index}`,
    needs: stage.map(([count, ...from]) => ({ count, from })),
  })),
  samePersonInTwoStages: false,
  substitutes: null,
  ...changes,
})
const isComplete = (plan: ApprovalPlan, given: GivenApproval[]) => progressOf(plan, given).open === null

describe('one stage', () => {
  it('needs so many distinct people', () => {
    const plan = ownersPlan(2)
    expect(isComplete(plan, [by('a', 'owners'), by('a', 'owners')])).toBe(false)
    expect(isComplete(plan, [by('a', 'owners'), by('b', 'owners')])).toBe(true)
  })

  it('with one from each of two groups is not complete by one person who is in both', () => {
    const plan = planOf([
      [
        [1, 'S0A'],
        [1, 'S0B'],
      ],
    ])
    const dana = by('dana', 'S0A', 'S0B')
    expect(progressOf(plan, [dana]).open).toMatchObject({ missing: 1, missingFrom: ['S0A', 'S0B'] })
    // Dana fills the need that the second person cannot fill, whichever that is.
    expect(isComplete(plan, [dana, by('erin', 'S0A')])).toBe(true)
    expect(isComplete(plan, [dana, by('erin', 'S0B')])).toBe(true)
  })

  it('says whose approval is missing, and another one adds nothing', () => {
    const plan = planOf([
      [
        [1, 'S0A'],
        [1, 'S0B'],
      ],
    ])
    const progress = progressOf(plan, [by('erin', 'S0A')])
    expect(progress.open).toMatchObject({ index: 0, missing: 1, missingFrom: ['S0B'] })
    expect(isNeeded(plan, progress, by('fred', 'S0A'))).toBe(false)
    expect(isNeeded(plan, progress, by('fred', 'S0B'))).toBe(true)
  })
})

describe('stages', () => {
  const inOrder = planOf([[[1, 'sponsor']], [[2, 'owners']]])

  it('are completed in their order', () => {
    const owner = by('dana', 'owners')
    expect(progressOf(inOrder, [owner]).open).toMatchObject({ index: 0, missingFrom: ['sponsor'] })
    const after = [by('erin', 'sponsor'), owner]
    expect(progressOf(inOrder, after).open).toMatchObject({ index: 1, missing: 1 })
    expect(isComplete(inOrder, [...after, by('fred', 'owners')])).toBe(true)
  })

  it('are not completed by one person twice, unless the catalog allows it', () => {
    const given = [by('erin', 'sponsor', 'owners'), by('erin', 'owners'), by('dana', 'owners')]
    expect(progressOf(inOrder, given).open).toMatchObject({ index: 1, missing: 1 })
    expect(isComplete({ ...inOrder, samePersonInTwoStages: true }, given)).toBe(true)
  })

  it('are left out for an employee where only a sponsor could approve', () => {
    expect(planFor(inOrder, 'contractor')).toEqual(inOrder)
    expect(planFor(inOrder, 'employee')?.stages).toEqual([
      { name: 'Stage 1', needs: [{ count: 2, from: ['owners'] }] },
    ])
    expect(planFor(planOf([[[1, 'sponsor']]]), 'employee')).toBeNull()
  })
})

describe('substitutes', () => {
  it('count for every need, where the plan has some', () => {
    const plan = planOf([[[1, 'S0A']]])
    expect(isComplete(plan, [by('onno', substitute)])).toBe(false)
    expect(
      isComplete({ ...plan, substitutes: { afterSeconds: 60, approvers: ['U0ONNO'] } }, [
        by('onno', substitute),
      ]),
    ).toBe(true)
  })
})

describe('whether the rest can be completed', () => {
  it('counts each person once in the whole plan', () => {
    const plan = planOf([[[1, 'S0A']], [[1, 'S0B']]])
    const dana = by('dana', 'S0A', 'S0B')
    expect(canComplete(plan, [], [dana])).toBe(false)
    expect(canComplete({ ...plan, samePersonInTwoStages: true }, [], [dana])).toBe(true)
    expect(canComplete(plan, [], [dana, by('erin', 'S0B')])).toBe(true)
    // Dana has approved, and only she could approve the second stage.
    expect(canComplete(plan, [dana], [dana, by('erin', 'S0A')])).toBe(false)
  })
})

describe('for random plans, people and orders of clicks', () => {
  it('a plan is complete only if distinct people can be assigned to all of its places', () => {
    fc.assert(
      fc.property(plans, approvals, (plan, clicks) => {
        const { given, open } = progressOf(plan, clicks)
        for (const [index, stage] of plan.stages.entries()) {
          const isDone = open === null || index < open.index
          expect(canAssign(plan, stage.needs, given[index] ?? []), `stage ${index}`).toBe(isDone)
        }
        if (!plan.samePersonInTwoStages) {
          const people = given.flat().map(({ person }) => person)
          expect(new Set(people).size).toBe(people.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('no approval that was needed is wasted: a stage is complete as soon as an assignment exists', () => {
    fc.assert(
      fc.property(plans, approvals, (plan, clicks) => {
        const [first] = plan.stages
        if (!first) return
        const alone = { ...plan, stages: [first] }
        const distinct = clicks.filter(
          ({ person }, at) => clicks.findIndex((one) => one.person === person) === at,
        )
        expect(isComplete(alone, distinct)).toBe(canAssign(plan, first.needs, distinct))
      }),
      { numRuns: 2000 },
    )
  })

  it('an approval is needed if and only if it leaves fewer missing', () => {
    fc.assert(
      fc.property(plans, approvals, (plan, clicks) => {
        const [last, ...before] = clicks.toReversed()
        if (!last) return
        const earlier = before.toReversed()
        const left = (given: GivenApproval[]) =>
          approvalsIn(plan) - progressOf(plan, given).given.flat().length
        const progress = progressOf(plan, earlier)
        expect(isNeeded(plan, progress, last)).toBe(left(clicks) < left(earlier))
        expect(progress.open?.missing).not.toBe(0)
        const named = progress.open?.missingFrom.some((name) => last.countsAs.includes(name)) ?? false
        if (named && earlier.every(({ person }) => person !== last.person))
          expect(isNeeded(plan, progress, last)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('the rest can be completed if and only if some order of clicks completes it', () => {
    fc.assert(
      fc.property(smallPlans, fc.array(candidate, { maxLength: 4 }), (plan, people) => {
        const candidates = people.filter(
          ({ person }, at) => people.findIndex((one) => one.person === person) === at,
        )
        expect(canComplete(plan, [], candidates)).toBe(someOrderCompletes(plan, candidates, []))
      }),
      { numRuns: 500 },
    )
  })
})

const smallPlans = plans.filter((plan) => approvalsIn(plan) <= 4)
const candidate = approvals.filter(({ length }) => length > 0).map(([first]) => first ?? by('a'))

/** Tries every assignment of people to places. */
function canAssign(
  plan: ApprovalPlan,
  needs: ApprovalPlan['stages'][number]['needs'],
  people: readonly GivenApproval[],
): boolean {
  const places = needs.flatMap(({ count, from }) => Array.from({ length: count }, () => from))
  const assign = (at: number, free: readonly GivenApproval[]): boolean => {
    const from = places[at]
    if (!from) return true
    return free.some(
      (one) =>
        one.countsAs.some(
          (name) => from.includes(name) || (name === substitute && plan.substitutes !== null),
        ) &&
        assign(
          at + 1,
          free.filter((other) => other.person !== one.person),
        ),
    )
  }
  return assign(0, people)
}

/** Lets people click in every order, also twice where the plan allows it, while a click brings the plan nearer to its end. */
function someOrderCompletes(plan: ApprovalPlan, people: GivenApproval[], clicks: GivenApproval[]): boolean {
  const progress = progressOf(plan, clicks)
  if (!progress.open) return true
  return people
    .filter((one) => isNeeded(plan, progress, one))
    .some((one) => someOrderCompletes(plan, people, [...clicks, one]))
}
