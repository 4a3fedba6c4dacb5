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
  sponsor,
  substitute,
} from '../domain/approval-plan.ts'
import { canComplete } from '../domain/approval-progress.ts'
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
  substitutes: z
    .strictObject({
      after: duration.describe('Counted from the request, and anew from each approval'),
      approvers: approvers.describe('Users and user groups, such as an on-call group'),
    })
    .optional()
    .describe('Who may also decide when nobody has answered for some time'),
}

type ApprovalSettings = Pick<z.output<z.ZodObject<typeof approvalKeys>>, 'approvals' | 'substitutes'>

/** The plan that the keys of an entitlement describe. */
export function planOf({ approvals, substitutes }: ApprovalSettings): ApprovalPlan {
  const others = substitutes ? { afterSeconds: substitutes.after, approvers: substitutes.approvers } : null
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
      ...(plan.substitutes?.approvers.includes(name) ? [substitute] : []),
    ]
    const members = isUserGroup(name) ? approvalsIn(plan) : 1
    return Array.from({ length: members }, (_, member) => ({ person: `${name}/${member}`, countsAs }))
  })
  return canComplete(plan, [], [...candidates, { person: sponsor, countsAs: [sponsor] }])
}
