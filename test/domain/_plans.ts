import fc from 'fast-check'
import { type ApprovalPlan, substitute } from '../../src/domain/approval-plan.ts'
import type { GivenApproval } from '../../src/domain/approval-progress.ts'

/** Few names and few people, so that needs overlap and people are in several groups. */
const names = ['owners', 'sponsor', 'S0A', 'S0B', 'U0C'] as const

const need = fc.record({
  count: fc.integer({ min: 1, max: 2 }),
  from: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
})
const stage = fc.record({
  name: fc.constant('Stage'),
  needs: fc.array(need, { minLength: 1, maxLength: 3 }),
})

export const plans: fc.Arbitrary<ApprovalPlan> = fc.record({
  stages: fc.array(stage, { minLength: 1, maxLength: 3 }),
  samePersonInTwoStages: fc.boolean(),
  substitutes: fc.constantFrom(null, { afterSeconds: 60, approvers: ['U0SUB'] }),
})

/** Approvals by up to six people, some of them more than once, in any order. */
export const approvals: fc.Arbitrary<GivenApproval[]> = fc.array(
  fc.record({
    person: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    countsAs: fc.uniqueArray(fc.constantFrom(...names, substitute), { maxLength: 3 }),
  }),
  { maxLength: 9 },
)
