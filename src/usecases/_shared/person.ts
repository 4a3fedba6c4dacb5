import type { Account, SlackAccount } from '../../domain/account.ts'
import { kindOf, personKey } from '../../domain/account.ts'
import type { Catalog, Entitlement, PersonOrGroup, Resource } from '../../domain/catalog.ts'
import { isUserGroup } from '../../domain/catalog.ts'
import type { EntitlementFacts, PersonFacts, ResourceFacts } from '../../domain/policy.ts'
import { type Ports, UnknownAccount } from '../../domain/ports.ts'

/** One account, as Slack's payload names it. */
export interface AccountKey {
  readonly teamId: string
  readonly userId: string
}

/** A click decides on facts no older than this (see threats: approver deactivated). */
export const freshAtClick = { maxAgeSeconds: 60 }
/** For what only shows or suggests. */
export const freshEnoughToShow = { maxAgeSeconds: 300 }

/** Somebody identified: what Slack says, and the same as policies see it. */
export interface Identified {
  readonly account: SlackAccount
  readonly facts: PersonFacts
}

/**
 * Who this is, with those of `groups` and of the groups that policies name that the person is in. Throws `DirectoryUnavailable` when Slack cannot be asked
 * or knows nobody by that id: what cannot be checked is refused.
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

/** Those whose word counts for this resource: its approvers, and the security leads. */
export function deciders(catalog: Catalog, resource: Resource | null): PersonOrGroup[] {
  return [...new Set([...(resource?.owners.approvers ?? []), ...catalog.security.leads])]
}

export function resourceFacts(resource: Resource): ResourceFacts {
  return { id: resource.id, environment: resource.environment, approvers: resource.owners.approvers }
}

export function entitlementFacts(entitlement: Entitlement): EntitlementFacts {
  return { id: entitlement.id, risk: entitlement.risk }
}
