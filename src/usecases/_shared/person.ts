import type { Account, SlackAccount } from '../../domain/account.ts'
import { isFullMember } from '../../domain/account.ts'
import type { AccountChangeSeen } from '../../domain/account-change.ts'
import { namedIn } from '../../domain/approval-plan.ts'
import type { Catalog, Entitlement, PersonOrGroup, Resource } from '../../domain/catalog.ts'
import { isUserGroup } from '../../domain/catalog.ts'
import { UnknownAccount } from '../../domain/directory.ts'
import { type Engagement, holdsAt } from '../../domain/engagement.ts'
import type { KnownPerson } from '../../domain/person.ts'
import type {
  EngagementFacts,
  EntitlementFacts,
  PersonFacts,
  ResourceFacts,
  SponsorFacts,
} from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'

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
  readonly change: AccountChangeSeen | null
}

export type IdentifyPorts = Pick<Ports, 'directory' | 'policy' | 'store' | 'clock'>

/**
 * Identifies the person of an account, with the engagement that holds and membership in `groups` and in the groups that
 * policies name. Throws `DirectoryUnavailable` when Slack does not answer or has no such account: a person who cannot be
 * checked is refused.
 */
export async function identify(
  ports: IdentifyPorts,
  who: AccountKey,
  groups: readonly PersonOrGroup[],
  freshness: Freshness,
): Promise<Identified> {
  const slack = await askSlack(ports, who, groups, freshness)
  const [known] = await ports.store.people.of([slack.account])
  return withPerson(ports, slack, known)
}

/**
 * Identifies two people, of whom the second may turn out to be the first. Slack is asked about both at once. Both
 * persons are read at one moment: otherwise the facts of one could name a person who was merged with the other meanwhile.
 */
export async function identifyBoth(
  ports: IdentifyPorts,
  first: readonly [AccountKey, readonly PersonOrGroup[]],
  second: readonly [AccountKey, readonly PersonOrGroup[]],
  freshness: Freshness,
): Promise<[Identified, Identified]> {
  const [one, other] = await Promise.all([
    askSlack(ports, ...first, freshness),
    askSlack(ports, ...second, freshness),
  ])
  const [known, otherKnown] = await ports.store.people.of([one.account, other.account])
  return Promise.all([withPerson(ports, one, known), withPerson(ports, other, otherKnown)])
}

interface Freshness {
  readonly maxAgeSeconds: number
}

async function askSlack(
  { directory, policy }: Pick<Ports, 'directory' | 'policy'>,
  who: AccountKey,
  groups: readonly PersonOrGroup[],
  freshness: Freshness,
) {
  const [account, memberships] = await Promise.all([
    directory.account(who.userId, freshness),
    Promise.all(
      [...new Set([...groups.filter(isUserGroup), ...policy.userGroups])].map(async (group) => {
        const members = await directory.groupMembers(group, freshness)
        return { group, isKnown: members !== null, isMember: members?.has(who.userId) ?? false }
      }),
    ),
  ])
  if (!account) throw new UnknownAccount(who.userId)
  return { who, account, groups: memberships, freshness }
}

async function withPerson(
  { directory, clock }: IdentifyPorts,
  { who, account, groups, freshness }: Awaited<ReturnType<typeof askSlack>>,
  known: KnownPerson | undefined,
): Promise<Identified> {
  if (!known) throw new Error(`The person of ${account.userId} was not read`)
  const { id: person, kind, engagement, change } = known
  // The stored account of the sponsor may be older than this decision allows, and what is remembered older than the stored one.
  const sponsorAge = engagement?.sponsor.isActive ? freshness : { maxAgeSeconds: 0 }
  const sponsor = engagement && (await directory.account(engagement.sponsor.userId, sponsorAge))
  const sponsorIsActive = sponsor !== null && isFullMember(sponsor)
  const { userId, teamId, isDeactivated, isBot, isGuest } = account
  const isStranger = account.isStranger || teamId !== who.teamId
  const holding = engagement && holdsAt(engagement, clock.now()) ? engagement : null
  const facts: PersonFacts = {
    ...{ userId, teamId, person, kind, isDeactivated, isBot, isGuest, isStranger },
    engagement: holding && engagementFacts(holding, sponsorIsActive),
    groups: groups.filter(({ isMember }) => isMember).map(({ group }) => group),
    unknownGroups: groups.filter(({ isKnown }) => !isKnown).map(({ group }) => group),
  }
  return { account, facts, engagement, change }
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

/** The people who may decide about this resource or entitlement: its approvers and the security leads. */
export function deciders(
  catalog: Catalog,
  resource: Resource | null,
  entitlement?: Entitlement,
): PersonOrGroup[] {
  const named = entitlement ? [...entitlement.approvers, ...namedIn(entitlement.approvals)] : []
  return [...new Set([...(resource?.owners.approvers ?? []), ...named, ...catalog.security.leads])]
}

/** The sponsor of a person now. Null: there is none, or the sponsor has left. */
export function sponsorOf({ engagement }: PersonFacts): SponsorFacts | null {
  return engagement?.sponsor.isActive ? engagement.sponsor : null
}

export function resourceFacts(resource: Resource): ResourceFacts {
  const { id, environment, tags = [], owners } = resource
  return { id, environment, tags, approvers: owners.approvers }
}

export function entitlementFacts(entitlement: Entitlement): EntitlementFacts {
  return { id: entitlement.id, risk: entitlement.risk, tags: entitlement.tags ?? [] }
}
