import type { Account, SlackAccount } from '../../domain/account.ts'
import { kindOf, personKey } from '../../domain/account.ts'
import type { Catalog, Entitlement, PersonOrGroup, Resource } from '../../domain/catalog.ts'
import { isUserGroup } from '../../domain/catalog.ts'
import type { EntitlementFacts, PersonFacts, ResourceFacts } from '../../domain/policy.ts'
import { type Ports, UnknownAccount } from '../../domain/ports.ts'

/** The ids of one account in Slack's payloads. */
export interface AccountKey {
  readonly teamId: string
  readonly userId: string
}

/** The greatest age of the facts that a click is decided on (see threats: approver deactivated). */
export const freshAtClick = { maxAgeSeconds: 60 }
/** The greatest age of the facts for lists and suggestions. */
export const freshEnoughToShow = { maxAgeSeconds: 300 }

/** An identified person: the account in Slack, and the facts for the policies. */
export interface Identified {
  readonly account: SlackAccount
  readonly facts: PersonFacts
}

/**
 * Identifies the person of an account, with membership in `groups` and in the groups that policies name. Throws
 * `DirectoryUnavailable` when Slack does not answer or has no such account: a person who cannot be checked is refused.
 */
export async function identify(
  { directory, policy }: Pick<Ports, 'directory' | 'policy'>,
  who: AccountKey,
  groups: readonly PersonOrGroup[],
  freshness: { maxAgeSeconds: number },
): Promise<Identified> {
  const [account, memberships] = await Promise.all([
    directory.account(who.userId, freshness),
    Promise.all(
      [...new Set([...groups.filter(isUserGroup), ...policy.userGroups])].map(async (group) => {
        const members = await directory.groupMembers(group, freshness)
        return members?.has(who.userId) ? [group] : []
      }),
    ),
  ])
  if (!account) throw new UnknownAccount(who.userId)
  const isStranger = account.isStranger || account.teamId !== who.teamId
  const facts: PersonFacts = {
    userId: account.userId,
    teamId: account.teamId,
    person: personKey(account),
    kind: kindOf(account),
    isDeactivated: account.isDeactivated,
    isBot: account.isBot,
    isGuest: account.isGuest,
    isStranger,
    groups: memberships.flat(),
  }
  return { account, facts }
}

export function accountKeyOf(account: Account): AccountKey {
  return { teamId: account.teamId, userId: account.userId }
}

/** The people who may decide about this resource: its approvers and the security leads. */
export function deciders(catalog: Catalog, resource: Resource | null): PersonOrGroup[] {
  return [...new Set([...(resource?.owners.approvers ?? []), ...catalog.security.leads])]
}

export function resourceFacts(resource: Resource): ResourceFacts {
  return { id: resource.id, environment: resource.environment, approvers: resource.owners.approvers }
}

export function entitlementFacts(entitlement: Entitlement): EntitlementFacts {
  return { id: entitlement.id, risk: entitlement.risk }
}
