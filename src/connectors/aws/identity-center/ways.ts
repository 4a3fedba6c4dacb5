import { isNotFound } from '../errors.ts'
import type { AwsEntitlement } from '../schema.ts'
import type { Aws } from '../target.ts'
import type { Assignment } from './assignments.ts'
import type { Center } from './center.ts'

/** How a user has the permission set in the account: by an assignment of their own, or as a member of a group. */
export type Way = 'own' | { readonly group: string }

/** What an entitlement gives. */
function wayOf({ group }: AwsEntitlement): Way {
  return group === undefined ? 'own' : { group }
}

/** Entitlements with the same text give the same. */
export function idOfWay({ account, permissionSet, group }: AwsEntitlement): string {
  return `${permissionSet} in ${account} ${group ?? ''}`
}

/** Every way in which the user has it now. AWS looks into groups for this list. */
export async function waysOf(
  { settings: { instance } }: Center,
  aws: Aws,
  { account, permissionSet, user }: Assignment,
): Promise<Way[]> {
  const sso = await aws.sso()
  const found: Way[] = []
  let NextToken: string | undefined
  try {
    do {
      const page = await sso.listAccountAssignmentsForPrincipal({
        InstanceArn: instance,
        PrincipalId: user,
        PrincipalType: 'USER',
        Filter: { AccountId: account },
        ...(NextToken && { NextToken }),
      })
      for (const one of page.AccountAssignments ?? []) {
        if (one.PermissionSetArn !== permissionSet || one.AccountId !== account) continue
        found.push(one.PrincipalType === 'GROUP' ? { group: one.PrincipalId ?? '' } : 'own')
      }
      NextToken = page.NextToken
    } while (NextToken)
    return found
  } catch (error) {
    // The user was deleted meanwhile.
    if (isNotFound(error)) return []
    throw error
  }
}

/** The ways that none of these entitlements gives. */
export function otherWays(ways: readonly Way[], given: readonly AwsEntitlement[]): Way[] {
  return ways.filter((way) => !given.some((content) => isSame(way, wayOf(content))))
}

function isSame(one: Way, other: Way): boolean {
  return one === 'own' || other === 'own' ? one === other : one.group === other.group
}

/** "casey has AdministratorAccess in account 123456789012 as a member of the group Admins." */
export async function sentenceOf(
  center: Center,
  aws: Aws,
  { login, what, verb }: { login: string; what: string; verb: 'has' | 'still has' },
  ways: readonly Way[],
): Promise<string> {
  const parts = await Promise.all(
    ways
      .slice(0, 3)
      .map(async (way) =>
        way === 'own'
          ? 'by an assignment of their own'
          : `as a member of the group ${await nameOf(center, aws, way.group)}`,
      ),
  )
  return `${login} ${verb} ${what} ${[...new Set(parts)].join(' and ')}.`
}

/** The name helps people; without the right to read it, the id stands for it. */
async function nameOf(center: Center, aws: Aws, group: string): Promise<string> {
  try {
    const store = await aws.store()
    const IdentityStoreId = await center.storeId(aws)
    const { DisplayName } = await store.describeGroup({ IdentityStoreId, GroupId: group })
    return DisplayName ?? group
  } catch {
    return group
  }
}
