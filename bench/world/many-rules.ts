import type { PersonFacts, PolicyQuestion } from '../../src/domain/policy.ts'
import { approvers, inTurn, slack } from './people.ts'

/** The policies that ship with Daypass. */
export const shippedFile = 'policies/default.cedar'
export const leads = [approvers[0] ?? '']
const groups = 50

interface Size {
  readonly policies: number
  readonly people: number
  readonly resources: number
}

/** Policies for one resource and one user group each: nine of ten permit, every second reads the duration. */
export function manyPolicies({ policies, resources }: Size): string {
  return Array.from({ length: policies }, (_, n) => {
    const forbids = n % 10 === 9
    const long = n % 2 === 0 ? ' && context.durationSeconds <= 7200' : ''
    return `@id("team-${n}")
@reason("The rule of team ${n}.")
${forbids ? 'forbid' : 'permit'} (principal in UserGroup::"S0TEAM${n % groups}", action in [Action::"request", Action::"approve"],
  resource in Resource::"resource-${n % resources}")
when { principal.kind == "${forbids ? 'contractor' : 'employee'}" && resource.risk == "${forbids ? 'critical' : 'low'}"${long} };`
  }).join('\n')
}

/** One question for each person. */
export function decisions(action: 'request' | 'approve', { people, resources }: Size): PolicyQuestion[] {
  const now = new Date()
  return Array.from({ length: people }, (_, n) => {
    const approver = inTurn(approvers, n)
    const asked = {
      now,
      resource: {
        id: `resource-${n % resources}`,
        environment: 'production',
        tags: ['pci'],
        approvers: [approver],
      },
      entitlement: { id: 'read-orders', risk: n % 5 === 0 ? 'critical' : 'low', tags: [] },
      durationSeconds: 3_600,
      ticket: null,
    } as const
    const requester = person(`U0MANY${n}`, n, now)
    if (action === 'request') return { ...asked, action, principal: requester }
    const approval = {
      stage: 'owners',
      approvedEarlierStage: false,
      samePersonInTwoStages: false,
      otherApprovals: 0,
      isLastApproval: true,
      approvedByRequesterLately: false,
    }
    return { ...asked, action, principal: person(approver, 0, now), requester, approval }
  })
}

/** Every third is a contractor. */
function person(userId: string, n: number, now: Date): PersonFacts {
  const isContractor = n % 3 === 1
  const sponsor = { person: 'sponsor', displayName: 'Sponsor', userId: 'U0SPONSOR', isActive: true }
  const endsAt = new Date(now.getTime() + 30 * 86_400_000)
  return {
    ...{ userId, teamId: slack.teamId, person: `person of ${userId}`, isGuest: isContractor },
    ...{
      kind: isContractor ? 'contractor' : 'employee',
      isDeactivated: false,
      isBot: false,
      isStranger: false,
    },
    engagement: isContractor ? { company: 'Bench', tags: ['dba'], startsAt: now, endsAt, sponsor } : null,
    groups: [n, n + 7, n + 21].map((group) => `S0TEAM${group % groups}`),
  }
}
