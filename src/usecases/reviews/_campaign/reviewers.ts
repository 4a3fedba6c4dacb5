import { isFullMember } from '../../../domain/account.ts'
import type { Campaign, CampaignItem } from '../../../domain/campaign.ts'
import { isUserGroup, type PersonOrGroup } from '../../../domain/catalog.ts'
import type { Ports } from '../../../domain/ports.ts'
import { personFrozen } from '../../_shared/frozen.ts'
import { freshEnoughToShow } from '../../_shared/person.ts'

interface Reviewer {
  readonly userId: string
  readonly personId: string
}

type FindPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'directory'>
type Reviewed = Pick<CampaignItem, 'personId' | 'resourceId' | 'engagementId'>

/** Who is asked about an item. */
export type Assignment = Pick<CampaignItem, 'reviewers' | 'byLeads'>

/**
 * Finds who is asked about each item: the approvers of the resource, or the sponsor of the engagement. Nobody is asked about
 * themselves, and nobody who is away, frozen, a guest or deactivated. Where nobody is left, the security leads are asked. Throws
 * `DirectoryUnavailable`.
 */
export async function findReviewers(
  ports: FindPorts,
  items: readonly Reviewed[],
  { escalatedAt }: Pick<Campaign, 'escalatedAt'>,
): Promise<(item: Reviewed) => Assignment> {
  const { catalog, store } = ports
  const leads = await usable(ports, catalog.security.leads)
  const pools = new Map<string, readonly Reviewer[]>()
  for (const resourceId of new Set(items.flatMap(({ resourceId }) => resourceId ?? []))) {
    const approvers = catalog.resources.get(resourceId)?.owners.approvers ?? []
    pools.set(resourceId, await usable(ports, approvers))
  }
  for (const engagementId of new Set(items.flatMap(({ engagementId }) => engagementId ?? []))) {
    const view = await store.people.engagement(engagementId)
    pools.set(engagementId, view ? await usable(ports, [view.engagement.sponsor.userId]) : [])
  }
  return ({ personId, resourceId, engagementId }) => {
    const others = (pool: readonly Reviewer[]) =>
      pool.filter((reviewer) => reviewer.personId !== personId).map(({ userId }) => userId)
    const named = escalatedAt ? [] : others(pools.get(engagementId ?? resourceId ?? '') ?? [])
    return named.length > 0
      ? { reviewers: named, byLeads: false }
      : { reviewers: others(leads), byLeads: true }
  }
}

/** Those who can be asked now, each person once. */
async function usable(ports: FindPorts, names: readonly PersonOrGroup[]): Promise<Reviewer[]> {
  const { directory, store, clock } = ports
  const members = await Promise.all(
    names.map(async (name) =>
      isUserGroup(name) ? [...((await directory.groupMembers(name, freshEnoughToShow)) ?? [])] : [name],
    ),
  )
  const found = new Map<string, Reviewer>()
  for (const userId of new Set(members.flat())) {
    const slack = await directory.account(userId, freshEnoughToShow)
    if (!slack || !isFullMember(slack)) continue
    const { account, isFrozen } = await store.transaction(async (tx) => {
      const account = await tx.accounts.upsert(slack)
      return { account, isFrozen: (await personFrozen(tx, account, clock.now())) !== null }
    })
    const awayUntil = await store.awayUntil(account.id)
    const isAway = awayUntil !== null && awayUntil > clock.now()
    if (!isFrozen && !isAway && !found.has(account.personId))
      found.set(account.personId, { userId, personId: account.personId })
  }
  return [...found.values()]
}
