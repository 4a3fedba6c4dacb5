import type { Bundle } from '../../domain/bundle.ts'
import {
  type Catalog,
  type Entitlement,
  loginNeededFor,
  loginSystemsOf,
  type Resource,
} from '../../domain/catalog.ts'
import { accessEndsAt, type Engagement } from '../../domain/engagement.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { frozenFor } from '../_shared/frozen.ts'
import { judgeBreakGlass } from '../_shared/judge-break-glass.ts'
import { firstOffered, type Offers, offersTo } from '../_shared/offers.ts'
import { type AccountKey, freshEnoughToShow, identify } from '../_shared/person.ts'
import { isGoodPreApproval } from '../_shared/pre-approvals.ts'
import { rankMatches } from '../_shared/rank-matches.ts'

/** A resource with the entitlements that a person may request. */
export interface Requestable {
  readonly resource: Resource
  readonly entitlements: readonly Entitlement[]
  /** Whether a policy reads the ticket. The form then has a field for it. */
  readonly ticketMatters: boolean
  /** Logins that nobody has confirmed yet, by entitlement: the name of such a login. */
  readonly missingLogins: ReadonlyMap<string, string>
  /** The sponsor of this person's engagement, who may confirm logins. */
  readonly sponsorUserId: string | null
  /** No lease of this person goes beyond it. Null: there is no limit. */
  readonly accessEnds: { readonly at: Date; readonly engagement: Engagement | null } | null
  /** Those that this person may take at once in an emergency. */
  readonly inEmergency: readonly Entitlement[]
  /** The requests from which good pre-approvals of this person for this resource were made, the longest first. */
  readonly preApproved: readonly RequestHistory[]
  /** Nothing is granted to this person on the resource now. Null: it is. */
  readonly freeze: Freeze | null
}

/** The first matches, and whether there are more. */
export interface Matches<T> {
  readonly found: readonly T[]
  readonly more: boolean
}

type ListPorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>

/** The entitlements of one resource that this person may request. Null: there are none. Throws `DirectoryUnavailable`. */
export async function listRequestable(
  ports: ListPorts,
  { asker, resourceId }: { asker: AccountKey; resourceId: string },
): Promise<Requestable | null> {
  const resource = ports.catalog.resources.get(resourceId)
  if (!resource) return null
  const person = await identify(ports, asker, [], freshEnoughToShow)
  const { facts, engagement, account } = person
  const entitlements = await offersTo(ports, facts).entitlementsOf(resource)
  if (entitlements.length === 0) return null
  const inEmergency: Entitlement[] = []
  for (const entitlement of entitlements) {
    if (!entitlement.breakGlass) continue
    const { policy } = await judgeBreakGlass(ports, person, { resource, entitlement }, null)
    if (policy.allowed) inEmergency.push(entitlement)
  }
  return {
    resource,
    entitlements,
    ticketMatters: ports.policy.readsTicket,
    missingLogins: await missingLogins(ports, facts.person, resource, entitlements),
    sponsorUserId: engagement?.sponsor.userId ?? null,
    accessEnds: accessEndsOf(account.guestExpiresAt, engagement),
    inEmergency,
    preApproved: await preApprovedFor(ports, asker, resource),
    freeze: await ports.store.transaction(async (tx) => {
      const { id: accountId } = await tx.accounts.upsert(account)
      return frozenFor(tx, { accountId, resourceId }, ports.clock.now())
    }),
  }
}

function accessEndsOf(guestExpiresAt: Date | null, engagement: Engagement | null): Requestable['accessEnds'] {
  const at = accessEndsAt(guestExpiresAt, engagement)
  return at && { at, engagement }
}

async function missingLogins(
  { store }: Pick<Ports, 'store'>,
  personId: string,
  resource: Resource,
  entitlements: readonly Entitlement[],
): Promise<Map<string, string>> {
  const needed = entitlements.flatMap((entitlement) => {
    const need = loginNeededFor(resource, entitlement)
    return need && need.from !== 'slack_account' ? [[entitlement.id, need.name] as const] : []
  })
  if (needed.length === 0) return new Map()
  const login = await store.people.loginOf(personId, loginSystemsOf(resource))
  return new Map(login === null ? needed : [])
}

async function preApprovedFor(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  asker: AccountKey,
  resource: Resource,
): Promise<RequestHistory[]> {
  const now = clock.now()
  const ids = await store.preApprovals.openOf(asker, resource.id, now)
  if (ids.length === 0) return []
  const histories = await store.histories.byRequests(ids)
  return histories.filter((history) => isGoodPreApproval(history, resource, now))
}

/** Resources that match the typed text and have an entitlement that this person may request, the closest match first. */
export async function searchResources(
  ports: ListPorts,
  { asker, typed, most }: { asker: AccountKey; typed: string; most: number },
): Promise<Matches<Resource>> {
  const { facts } = await identify(ports, asker, [], freshEnoughToShow)
  const matching = rankMatches([...ports.catalog.resources.values()], typed, ({ id, name, environment }) => [
    id,
    name,
    environment ?? '',
  ])
  return upTo(most, await firstOffered(offersTo(ports, facts), matching, most + 1))
}

/** Bundles that match the typed text and have a part that this person may request. */
export async function searchBundles(
  ports: ListPorts,
  { asker, typed, most }: { asker: AccountKey; typed: string; most: number },
): Promise<Bundle[]> {
  const { catalog } = ports
  if (!catalog.bundles || catalog.bundles.size === 0) return []
  const { facts } = await identify(ports, asker, [], freshEnoughToShow)
  const offers = offersTo(ports, facts)
  const matching = rankMatches([...catalog.bundles.values()], typed, ({ id, name }) => [id, name])
  const found: Bundle[] = []
  for (const bundle of matching) {
    if (found.length >= most) break
    if (await offersPart(offers, catalog, bundle)) found.push(bundle)
  }
  return found
}

async function offersPart(
  offers: Offers,
  { resources }: Pick<Catalog, 'resources'>,
  { parts }: Bundle,
): Promise<boolean> {
  for (const { resourceId, entitlementId } of parts) {
    const resource = resources.get(resourceId)
    const offered = resource ? await offers.entitlementsOf(resource) : []
    if (offered.some(({ id }) => id === entitlementId)) return true
  }
  return false
}

/** The same for the entitlements of one resource. */
export async function searchEntitlements(
  ports: ListPorts,
  { resourceId, ...search }: { asker: AccountKey; resourceId: string; typed: string; most: number },
): Promise<Matches<Entitlement>> {
  const offer = await listRequestable(ports, { asker: search.asker, resourceId })
  const matching = rankMatches(offer?.entitlements ?? [], search.typed, ({ id, name }) => [id, name])
  return upTo(search.most, matching)
}

function upTo<T>(most: number, items: readonly T[]): Matches<T> {
  return { found: items.slice(0, most), more: items.length > most }
}
