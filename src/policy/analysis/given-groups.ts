import type { Entitlement } from '../../domain/catalog.ts'
import type { FileProblem } from '../../domain/file-problem.ts'
import type { ParsedPolicy } from '../parse-policies.ts'
import { placeOf } from './unknown-names.ts'

/** Policies that name a user group into which leases bring people: its holders would change what policies say of them. */
export function policiesOnGivenGroups(
  policies: readonly ParsedPolicy[],
  given: ReadonlyMap<string, Pick<Entitlement, 'resourceId' | 'id'>>,
): FileProblem[] {
  return policies.flatMap((policy) =>
    [...new Set(policy.userGroups)].flatMap((group): FileProblem[] => {
      const by = given.get(group)
      if (!by) return []
      const what = `\`${policy.id}\` depends on the user group ${group}, and a lease of ${by.resourceId}/${by.id} makes its holder a member of ${group}.`
      const remedy = 'Name another group in the policy, or offer another one in the catalog.'
      return [{ ...placeOf(policy, JSON.stringify(group)), what, remedy }]
    }),
  )
}
