import {
  type ApprovalPlan,
  type ApproverName,
  owners,
  sponsor,
  substitute,
} from '../../domain/approval-plan.ts'
import type { Entitlement, PersonOrGroup } from '../../domain/catalog.ts'
import type { PersonFacts } from '../../domain/policy.ts'
import { isNamedIn } from '../../domain/policy.ts'

/** The people behind the names of a plan. */
export interface NamedPeople {
  readonly entitlement: Pick<Entitlement, 'approvers'>
  /** The sponsor of the requester. Null: there is none. */
  readonly sponsor: { readonly person: string; readonly userId: string } | null
  /** The substitutes whose time has come, and the last resort. */
  readonly called: readonly ApproverName[]
}

/** The names of the plan under which the approval of this account counts. */
export function namesOf(
  plan: ApprovalPlan,
  facts: Pick<PersonFacts, 'userId' | 'groups'> & { readonly person: string | null },
  people: NamedPeople,
): ApproverName[] {
  const isSponsor =
    people.sponsor !== null &&
    (facts.userId === people.sponsor.userId || facts.person === people.sponsor.person)
  const isAmong = (named: readonly PersonOrGroup[]) => isNamedIn(named, facts)
  const named = new Set(plan.stages.flatMap(({ needs }) => needs.flatMap(({ from }) => from)))
  const counted = [...named].filter((name) => {
    if (name === owners) return isAmong(people.entitlement.approvers)
    if (name === sponsor) return isSponsor
    return isAmong([name])
  })
  const isSubstitute = isAmong(people.called)
  return isSubstitute ? [...counted, substitute] : counted
}

/** The users and user groups who may decide in this stage. */
export function peopleBehind(
  names: readonly ApproverName[],
  { entitlement, sponsor: sponsoring, called }: NamedPeople,
): PersonOrGroup[] {
  const people = names.flatMap((name) => {
    if (name === owners) return entitlement.approvers
    if (name === sponsor) return sponsoring ? [sponsoring.userId] : []
    return [name]
  })
  return [...new Set([...people, ...called])]
}
