import { type ApprovalPlan, namedIn } from '../../domain/approval-plan.ts'
import { canComplete, type GivenApproval } from '../../domain/approval-progress.ts'
import { isUserGroup } from '../../domain/catalog.ts'
import { DirectoryUnavailable } from '../../domain/directory.ts'
import type { Ports } from '../../domain/ports.ts'
import { type NamedPeople, namesOf } from './approver-names.ts'
import { freshEnoughToShow } from './person.ts'

/**
 * Everybody whom the plan names, with the members of its user groups, by user id. Null: Slack does not answer. It is not known
 * here whether two accounts have one person, and what the policies would say, so fewer of them may be able to approve.
 */
export async function candidatesOf(
  { directory }: Pick<Ports, 'directory'>,
  plan: ApprovalPlan,
  people: NamedPeople,
): Promise<GivenApproval[] | null> {
  const named = [...new Set([...namedIn(plan), ...people.entitlement.approvers])]
  const groups = named.filter(isUserGroup)
  try {
    const members = await Promise.all(
      groups.map(async (id) => ({ id, users: await directory.groupMembers(id, freshEnoughToShow) })),
    )
    const users = new Set([
      ...named.filter((name) => !isUserGroup(name)),
      ...members.flatMap(({ users }) => [...(users ?? [])]),
      ...(people.sponsor ? [people.sponsor.userId] : []),
    ])
    return [...users].map((userId) => {
      const groups = members.filter(({ users }) => users?.has(userId)).map(({ id }) => id)
      return { person: userId, countsAs: namesOf(plan, { userId, person: null, groups }, people) }
    })
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return null
    throw error
  }
}

/** The first stage that these candidates cannot complete. Null: they can complete the plan. */
export function stageOutOfReach(plan: ApprovalPlan, candidates: readonly GivenApproval[]): string | null {
  const stuck = plan.stages.find(
    (_, index) => !canComplete({ ...plan, stages: plan.stages.slice(0, index + 1) }, [], candidates),
  )
  return stuck?.name ?? null
}
