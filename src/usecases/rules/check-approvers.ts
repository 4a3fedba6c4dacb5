import type { SlackAccount } from '../../domain/account.ts'
import { type ApprovalPlan, owners, planFor, sponsor } from '../../domain/approval-plan.ts'
import type { GivenApproval } from '../../domain/approval-progress.ts'
import { type Catalog, type Entitlement, isUserGroup, type Resource } from '../../domain/catalog.ts'
import type { Directory } from '../../domain/directory.ts'
import type { PersonFacts, PolicyEngine } from '../../domain/policy.ts'
import { namesOf } from '../_shared/approver-names.ts'
import { stageOutOfReach } from '../_shared/candidates.ts'
import { entitlementFacts, resourceFacts } from '../_shared/person.ts'

/** A fault of the catalog's people, for the place of the entitlement or of the security leads. */
export interface ApproverFault {
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** Null: the security leads, or the people with tasks at `resource`. */
  readonly entitlement: Entitlement | null
  readonly resource?: Resource
  readonly what: string
  readonly remedy: string
}

interface CheckPorts {
  readonly catalog: Catalog
  readonly policy: Pick<PolicyEngine, 'judge' | 'userGroups'>
  /** Null: Slack is not asked. Then only plans that name no user group can be checked. */
  readonly directory: Directory | null
  readonly now: Date
}

/** Whether every request could be approved: by enough people who can be reached, are distinct, and are permitted. */
export async function checkApprovers(ports: CheckPorts): Promise<ApproverFault[]> {
  const people = createPeople(ports)
  const faults: ApproverFault[] = []
  for (const resource of ports.catalog.resources.values()) {
    for (const entitlement of resource.entitlements.values())
      faults.push(...(await checkEntitlement(ports, people, resource, entitlement)))
    faults.push(...(await checkAssignees(ports, people, resource)))
  }
  faults.push(...(await checkLeads(ports, people)))
  return faults
}

type People = ReturnType<typeof createPeople>

/** Each account and group is asked for once. */
function createPeople({ directory }: Pick<CheckPorts, 'directory'>) {
  const maxAge = { maxAgeSeconds: 3_600 }
  return {
    account: async (userId: string) => (directory ? directory.account(userId, maxAge) : null),
    members: async (group: string) => (directory ? directory.groupMembers(group, maxAge) : null),
  }
}

async function checkEntitlement(
  ports: CheckPorts,
  people: People,
  resource: Resource,
  entitlement: Entitlement,
): Promise<ApproverFault[]> {
  const faults: ApproverFault[] = []
  const fault = (code: string, what: string, remedy: string, severity: ApproverFault['severity'] = 'error') =>
    faults.push({ code, severity, entitlement, what, remedy })
  const plan = planFor(entitlement.approvals, 'employee')
  if (!plan) return faults
  const named = namedBy(entitlement)
  if (!ports.directory && named.some(isUserGroup)) return faults
  const groups = await Promise.all(
    named.filter(isUserGroup).map(async (id) => ({ id, users: await people.members(id) })),
  )
  for (const { id, users } of groups) {
    if (users === null)
      fault(
        'unknown-group',
        `Slack knows no user group ${id}.`,
        'Correct the id: the group’s menu in Slack copies it.',
      )
    else if (users.size === 0)
      fault(
        'empty-group',
        `The user group ${id} has no members.`,
        'Add members, or name other approvers.',
        'warning',
      )
  }
  const users = new Set([
    ...named.filter((name) => !isUserGroup(name)),
    ...groups.flatMap(({ users }) => [...(users ?? [])]),
  ])
  const able: Able[] = []
  for (const userId of users) {
    const memberOf = groups.filter(({ users }) => users?.has(userId)).map(({ id }) => id)
    const found = await examine(ports, people, { resource, entitlement, plan }, userId, memberOf)
    if ('able' in found) able.push(found.able)
    else if (named.includes(userId)) fault(found.code, found.what, 'Name somebody else in the catalog.')
  }
  const short = shortage(plan, able)
  if (short) {
    const of = plan.stages.length > 1 ? ` for “${short.stage}”` : ''
    const what = short.without
      ? `When ${short.without} asks, too few others could approve \`${nameOf(entitlement)}\`${of}.`
      : `Too few people could approve \`${nameOf(entitlement)}\`${of}.`
    fault('too-few-approvers', what, 'Name more approvers, or ask for fewer approvals.')
  }
  return faults
}

function nameOf({ resourceId, id }: Entitlement): string {
  return `${resourceId}/${id}`
}

function namedBy({ approvals, approvers }: Entitlement): string[] {
  const names = approvals.stages.flatMap(({ needs }) => needs.flatMap(({ from }) => from))
  const direct = names.filter((name) => name !== owners && name !== sponsor)
  return [...new Set([...direct, ...(names.includes(owners) ? approvers : [])])]
}

/** Somebody who could approve. */
interface Able {
  readonly userId: string
  readonly displayName: string
  readonly approval: GivenApproval
}

async function examine(
  ports: CheckPorts,
  people: People,
  { resource, entitlement, plan }: { resource: Resource; entitlement: Entitlement; plan: ApprovalPlan },
  userId: string,
  groups: readonly string[],
): Promise<{ able: Able } | { code: string; what: string }> {
  const account = await people.account(userId)
  if (!account && ports.directory) return { code: 'unknown-user', what: `Slack knows no user ${userId}.` }
  const displayName = account?.displayName ?? userId
  const policyGroups = await Promise.all(
    [...ports.policy.userGroups].map(async (id) => ((await people.members(id))?.has(userId) ? [id] : [])),
  )
  const facts = factsOf(userId, account, [...new Set([...groups, ...policyGroups.flat()])])
  const approvers = [
    ...new Set([...resource.owners.approvers, ...entitlement.approvers, ...namedBy(entitlement)]),
  ]
  const result = ports.policy.judge({
    action: 'approve',
    principal: facts,
    requester: factsOf('U0REQUESTER', null, []),
    now: ports.now,
    resource: { ...resourceFacts(resource), approvers },
    entitlement: entitlementFacts(entitlement),
    durationSeconds: entitlement.defaultDurationSeconds,
    ticket: entitlement.ticket.example,
    circumstances: {
      localHour: 12,
      localWeekday: 3,
      activeLeases: 0,
      activeLeasesHere: 0,
      requestsInLastDay: 0,
    },
    approval: {
      stage: plan.stages[0]?.name ?? '',
      approvedEarlierStage: false,
      samePersonInTwoStages: plan.samePersonInTwoStages,
      otherApprovals: 0,
      isLastApproval: false,
      approvedByRequesterLately: false,
    },
  })
  if (!result.allowed)
    return {
      code: 'approver-cannot-approve',
      what: `${displayName} (${userId}) could not approve: ${result.sentence}`,
    }
  const countsAs = namesOf(plan, facts, { entitlement, sponsor: null, called: [] })
  return { able: { userId, displayName, approval: { person: facts.person, countsAs } } }
}

/** Two accounts with one confirmed address count as one person. */
function factsOf(userId: string, account: SlackAccount | null, groups: readonly string[]): PersonFacts {
  return {
    userId,
    teamId: account?.teamId ?? 'T0',
    person: account?.confirmedEmail ?? userId,
    kind: account?.isGuest ? 'contractor' : 'employee',
    isDeactivated: account?.isDeactivated ?? false,
    isBot: account?.isBot ?? false,
    isGuest: account?.isGuest ?? false,
    isStranger: account?.isStranger ?? false,
    engagement: null,
    groups,
  }
}

/** The stage that cannot be completed, and without whom: each of these people may be the requester. */
function shortage(
  plan: ApprovalPlan,
  able: readonly Able[],
): { stage: string; without: string | null } | null {
  const stage = stageOutOfReach(
    plan,
    able.map(({ approval }) => approval),
  )
  if (stage !== null) return { stage, without: null }
  for (const { userId, displayName, approval } of able) {
    const others = able.filter((other) => other.approval.person !== approval.person)
    const stuck = stageOutOfReach(
      plan,
      others.map(({ approval }) => approval),
    )
    if (stuck !== null) return { stage: stuck, without: `${displayName} (${userId})` }
  }
  return null
}

/** The people who are asked to do tasks must be there. */
async function checkAssignees(
  { directory }: CheckPorts,
  people: People,
  resource: Resource,
): Promise<ApproverFault[]> {
  const assignees = resource.connector.taskPeople?.assignees ?? []
  if (!directory || assignees.length === 0) return []
  const faults: ApproverFault[] = []
  for (const name of assignees) {
    const isGroup = isUserGroup(name)
    const members = isGroup ? await people.members(name) : null
    const account = isGroup ? null : await people.account(name)
    if (isGroup ? (members?.size ?? 0) > 0 : account !== null && !account.isDeactivated && !account.isBot)
      continue
    const why = isGroup
      ? `${members ? 'has no members' : 'is not known to Slack'}`
      : `${account ? 'is deactivated or a bot' : 'is not known to Slack'}`
    const what = `${name}, who is asked to do the tasks of \`${resource.id}\`, ${why}.`
    const remedy = 'Name somebody who is there, in `assignees`.'
    faults.push({
      code: 'assignee-out-of-reach',
      severity: 'error',
      entitlement: null,
      resource,
      what,
      remedy,
    })
  }
  return faults
}

async function checkLeads({ catalog, directory }: CheckPorts, people: People): Promise<ApproverFault[]> {
  if (!directory) return []
  const faults: ApproverFault[] = []
  for (const name of catalog.security.leads) {
    const isGroup = isUserGroup(name)
    const members = isGroup ? await people.members(name) : null
    const account = isGroup ? null : await people.account(name)
    const isThere = isGroup ? (members?.size ?? 0) > 0 : account !== null && !account.isDeactivated
    if (isThere) continue
    const what = isGroup
      ? `The user group ${name} of the security leads ${members ? 'has no members' : 'is not known to Slack'}.`
      : `The security lead ${name} is ${account ? 'deactivated' : 'not known to Slack'}.`
    const remedy = 'Name somebody who is there, in `security.leads`.'
    faults.push({ code: 'lead-out-of-reach', severity: 'error', entitlement: null, what, remedy })
  }
  return faults
}
