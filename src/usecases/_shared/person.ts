import type { Account, SlackAccount } from '../../domain/account.ts'
import { maySponsor } from '../../domain/account.ts'
import type { Catalog, Entitlement, PersonOrGroup, Resource } from '../../domain/catalog.ts'
import { isUserGroup } from '../../domain/catalog.ts'
import { type Engagement, holdsAt } from '../../domain/engagement.ts'
import type { EngagementFacts, EntitlementFacts, PersonFacts, ResourceFacts } from '../../domain/policy.ts'
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
  /** The open engagement, which may begin later. Null: there is none. */
  readonly engagement: Engagement | null
}

export type IdentifyPorts = Pick<Ports, 'directory' | 'policy' | 'store' | 'clock'>

/**
 * Identifies the person of an account, with the engagement that holds and membership in `groups` and in the groups that
 * policies name. Throws `DirectoryUnavailable` when Slack does not answer or has no such account: a person who cannot be
 * checked is refused.
 */
export async function identify(
  { directory, policy, store, clock }: IdentifyPorts,
  who: AccountKey,
  groups: readonly PersonOrGroup[],
  freshness: Freshness,
): Promise<Identified> {
  const [{ account, person, sponsorIsActive }, memberships] = await Promise.all([
    findPerson({ directory, store }, who, freshness),
    Promise.all(
      [...new Set([...groups.filter(isUserGroup), ...policy.userGroups])].map(async (group) => {
        const members = await directory.groupMembers(group, freshness)
        return members?.has(who.userId) ? [group] : []
      }),
    ),
  ])
  const { engagement } = person
  const facts: PersonFacts = {
    userId: account.userId,
    teamId: account.teamId,
    person: person.id,
    kind: person.kind,
    isDeactivated: account.isDeactivated,
    isBot: account.isBot,
    isGuest: account.isGuest,
    isStranger: account.isStranger || account.teamId !== who.teamId,
    engagement:
      engagement && holdsAt(engagement, clock.now()) ? engagementFacts(engagement, sponsorIsActive) : null,
    groups: memberships.flat(),
  }
  return { account, facts, engagement }
}

interface Freshness {
  readonly maxAgeSeconds: number
}

async function findPerson(
  { directory, store }: Pick<Ports, 'directory' | 'store'>,
  { userId }: AccountKey,
  freshness: Freshness,
) {
  const account = await directory.account(userId, freshness)
  if (!account) throw new UnknownAccount(userId)
  const person = await store.people.of(account)
  // The stored account of the sponsor may be older than this decision allows.
  const sponsor = person.engagement && (await directory.account(person.engagement.sponsor.userId, freshness))
  return { account, person, sponsorIsActive: sponsor !== null && maySponsor(sponsor) }
}

export function engagementFacts(
  { company, tags, startsAt, endsAt, sponsor }: Engagement,
  sponsorIsActive: boolean,
): EngagementFacts {
  const { personId: person, displayName, userId } = sponsor
  return {
    company,
    tags,
    startsAt,
    endsAt,
    sponsor: { person, displayName, userId, isActive: sponsorIsActive },
  }
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
