import { z } from 'zod'
import {
  type ApprovalPlan,
  type ApprovalStage,
  approvalsIn,
  mostNeeds,
  mostStages,
  namedIn,
  owners,
  ownersPlan,
  type Substitutes,
  sponsor,
  substitute,
} from '../domain/approval-plan.ts'
import { canComplete } from '../domain/approval-progress.ts'
import { calledEver } from '../domain/approval-state.ts'
import { isUserGroup } from '../domain/catalog.ts'
import { approvers, channel, duration, line, problem } from './values.ts'

const approverName = z
  .string()
  .regex(
    /^([UWS][A-Z0-9]{2,}|owners|sponsor)$/,
    problem(
      'This names nobody.',
      'Write `owners`, `sponsor`, or the id of a user (`U…`, `W…`) or of a user group (`S…`).',
    ),
  )
  .describe('owners, sponsor, or the id of a Slack user or user group')

const from = z
  .array(approverName)
  .min(1, problem('Nobody could approve.', 'Name `owners`, `sponsor`, users or user groups.'))
  .max(50)

const count = z
  .int()
  .min(1, problem('Nothing is granted without anybody’s approval.', 'Write 1 or more.'))
  .max(20)

const stage = z
  .strictObject({
    name: line(40).describe('What people read in Slack, such as “Sponsor”'),
    count: count.optional().describe('How many distinct people of `from` must approve; default 1'),
    from: from.optional().describe('Who may approve this stage'),
    oneFromEach: z
      .array(from)
      .min(2, problem('This is only one list.', 'Write `from` for one list of people.'))
      .max(mostNeeds)
      .optional()
      .describe('Lists of people: one distinct person of each list must approve'),
  })
  .superRefine((value, context) => {
    const has = (value.from ? 1 : 0) + (value.oneFromEach ? 1 : 0)
    const message = problem('A stage needs either `from` or `oneFromEach`.', 'Write one of the two.')
    if (has !== 1) context.addIssue({ code: 'custom', message })
    if (!value.oneFromEach || value.count === undefined) return
    const superfluous = problem('`oneFromEach` needs one person of each list.', 'Leave `count` out.')
    context.addIssue({ code: 'custom', path: ['count'], message: superfluous })
  })

const staged = z
  .strictObject({
    stages: z
      .array(stage)
      .min(1, problem('Nobody could approve.', 'Write at least one stage.'))
      .max(mostStages)
      .describe('The stages, in their order'),
    samePersonInTwoStages: z
      .boolean()
      .default(false)
      .describe('Whether a person who approved one stage may also approve a later one'),
  })
  .superRefine(({ stages }, context) => {
    for (const [index, { name }] of stages.entries()) {
      if (stages.findIndex((other) => other.name === name) === index) continue
      const message = problem(`“${name}” is here twice.`, 'Give each stage a name of its own.')
      context.addIssue({ code: 'custom', path: ['stages', index, 'name'], message })
    }
  })

const rung = z.strictObject({
  after: duration.describe('Counted from the request, and anew from each approval'),
  approvers: approvers.describe('Users and user groups, such as an on-call group'),
})

/** What happens to a request that nobody answers. */
export const escalationSchema = z
  .strictObject({
    remindAfter: duration
      .optional()
      .describe('When the owners are asked again. Default: `defaults.remindAfter`'),
    substitutes: rung.optional().describe('Who may also decide after some time'),
    lastResort: rung.optional().describe('Who may also decide after more time: a manager, or people on call'),
  })
  .superRefine(({ substitutes, lastResort }, context) => {
    if (!substitutes || !lastResort || lastResort.after > substitutes.after) return
    const message = problem(
      'The last resort would be asked before the substitutes.',
      'Write a longer time, or leave the substitutes out.',
    )
    context.addIssue({ code: 'custom', path: ['lastResort', 'after'], message })
  })

export type Escalation = z.output<typeof escalationSchema>

/** The keys of an entitlement that say who approves it. */
export const approvalKeys = {
  approvals: z
    .union([count, staged])
    .default(1)
    .describe('How many distinct approvers must approve; or stages, one after the other'),
  approvers: approvers
    .optional()
    .describe('Who may decide about this entitlement. Default: the approvers of the owners'),
  tell: z
    .array(channel)
    .max(10)
    .default([])
    .describe('Channels that get a copy of each card, without buttons'),
  substitutes: rung
    .optional()
    .describe('Who may also decide when nobody has answered for some time. Default: as `escalation` says'),
}

type ApprovalSettings = Pick<z.output<z.ZodObject<typeof approvalKeys>>, 'approvals' | 'substitutes'>

/** The plan that the keys of an entitlement describe. `escalation`: of its resource. */
export function planOf(
  { approvals, substitutes }: ApprovalSettings,
  escalation: Escalation = {},
): ApprovalPlan {
  const others = substitutesOf(substitutes ?? escalation.substitutes, escalation.lastResort)
  if (typeof approvals === 'number') return { ...ownersPlan(approvals), substitutes: others }
  const stages = approvals.stages.map(
    ({ name, count, from = [], oneFromEach }): ApprovalStage => ({
      name,
      needs: oneFromEach
        ? oneFromEach.map((one) => ({ count: 1, from: one }))
        : [{ count: count ?? 1, from }],
    }),
  )
  return { stages, samePersonInTwoStages: approvals.samePersonInTwoStages, substitutes: others }
}

/** An entitlement may have substitutes who come later than the last resort. Then the last resort comes first. */
function substitutesOf(...named: (z.output<typeof rung> | undefined)[]): Substitutes | null {
  const rungs = named.flatMap((one) => (one ? [{ afterSeconds: one.after, approvers: one.approvers }] : []))
  const [first, second] = rungs.toSorted((a, b) => a.afterSeconds - b.afterSeconds)
  if (!first) return null
  return second ? { ...first, lastResort: second } : first
}

/**
 * Whether enough distinct people are named for the plan. Only Slack knows how many people are in a user group, so a group
 * counts as everybody that the plan needs.
 */
export function namesEnough(plan: ApprovalPlan, approversOfEntitlement: readonly string[]): boolean {
  const named = [...new Set([...namedIn(plan), ...approversOfEntitlement])]
  const candidates = named.flatMap((name) => {
    const countsAs = [
      name,
      ...(approversOfEntitlement.includes(name) ? [owners] : []),
      ...(calledEver(plan).includes(name) ? [substitute] : []),
    ]
    const members = isUserGroup(name) ? approvalsIn(plan) : 1
    return Array.from({ length: members }, (_, member) => ({ person: `${name}/${member}`, countsAs }))
  })
  return canComplete(plan, [], [...candidates, { person: sponsor, countsAs: [sponsor] }])
}
