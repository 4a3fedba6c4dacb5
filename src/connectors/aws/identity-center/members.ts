import { ConnectorError } from '../../../domain/connector.ts'
import { isConflict, isNotFound } from '../errors.ts'
import type { Aws } from '../target.ts'
import type { Center } from './center.ts'

/** Somebody who changes it back at the same moment is met so many times. */
const mostChanges = 4
const mostLooks = 6

/** Brings the user into the group or takes it out. Resolves when a read-back shows that. */
export async function setMember(
  center: Center,
  aws: Aws,
  group: string,
  user: string,
  isIn: boolean,
): Promise<Date> {
  for (let changes = 0; ; changes += 1) {
    const membership = await membershipOf(center, aws, group, user, changes > 0 ? isIn : null)
    if ((membership !== null) === isIn) return aws.now()
    if (changes === mostChanges) throw changedBack(center, group, user, isIn)
    if (membership === null) await add(center, aws, group, user)
    else await remove(center, aws, membership)
  }
}

/** The id of the membership; null: there is none. `wanted`: what was just written, and may show a little later. */
export async function membershipOf(
  center: Center,
  aws: Aws,
  group: string,
  user: string,
  wanted: boolean | null = null,
): Promise<string | null> {
  const store = await aws.store()
  const IdentityStoreId = await center.storeId(aws)
  for (let look = 0; ; look += 1) {
    const found = await store
      .getGroupMembershipId({ IdentityStoreId, GroupId: group, MemberId: { UserId: user } })
      .then(
        ({ MembershipId }) => MembershipId ?? null,
        (error: unknown) => {
          if (isNotFound(error)) return null
          throw error
        },
      )
    if (wanted === null || (found !== null) === wanted || look === (wanted ? mostLooks : 1)) return found
    await aws.wait(look)
  }
}

async function add(center: Center, aws: Aws, group: string, user: string): Promise<void> {
  const store = await aws.store()
  const IdentityStoreId = await center.storeId(aws)
  try {
    await store.createGroupMembership({ IdentityStoreId, GroupId: group, MemberId: { UserId: user } })
  } catch (error) {
    // The read-back decides, so it does not matter if somebody else was faster.
    if (!isConflict(error)) throw error
  }
}

async function remove(center: Center, aws: Aws, MembershipId: string): Promise<void> {
  const store = await aws.store()
  const IdentityStoreId = await center.storeId(aws)
  try {
    await store.deleteGroupMembership({ IdentityStoreId, MembershipId })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function changedBack(
  { target: { resourceId } }: Center,
  group: string,
  user: string,
  isIn: boolean,
): ConnectorError {
  const what = isIn ? 'is still no member' : 'is still a member'
  const message = `${resourceId}: ${user} ${what} of the group ${group}, though AWS took each change. Somebody changes it back, or an identity provider provisions this group.`
  return new ConnectorError(isIn ? 'conflict' : 'still_present', message, { retryable: true })
}
