import type { Memberships } from '../../domain/connector.ts'
import { channelMembers } from './channel.ts'
import type { Workspace } from './membership.ts'
import type { SlackEntitlement } from './schema.ts'

/** The members of every channel and user group that is offered. */
export async function listMembers(
  { target, userGroups }: Workspace,
  offers: ReadonlyMap<string, SlackEntitlement>,
): Promise<Memberships> {
  const { placeholder } = target.settings
  const lists = await Promise.all(
    [...offers].map(async ([entitlementId, { channel, userGroup }]) => {
      const members = channel
        ? await channelMembers(target, channel)
        : await userGroups.members(userGroup ?? '')
      const detail = channel ? `member of the channel ${channel}` : `member of the user group ${userGroup}`
      return members
        .filter((login) => login !== placeholder)
        .map((login) => ({ login, entitlementId, detail }))
    }),
  )
  return { members: lists.flat(), notListed: [] }
}
