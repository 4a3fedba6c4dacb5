import { findEntitlement } from '../../domain/catalog.ts'
import type { Favourite } from '../../domain/favourite.ts'
import type { HomeFavourite } from '../../domain/home.ts'
import type { PersonFacts } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { offersTo } from '../_shared/offers.ts'

type ReadPorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock'>

/** The favourites of a person. Those that are not offered to this person now have no names. */
export async function readFavourites(ports: ReadPorts, facts: PersonFacts): Promise<HomeFavourite[]> {
  const favourites = await ports.store.favouritesOf(facts.person)
  return Promise.all(
    favourites.map(async (favourite) => ({
      ...favourite,
      offered: (await isOffered(ports, facts, favourite)) ? namesOf(ports, favourite) : null,
    })),
  )
}

export async function isOffered(
  ports: Omit<ReadPorts, 'store'>,
  facts: PersonFacts,
  { resourceId, entitlementId }: Favourite,
): Promise<boolean> {
  const resource = ports.catalog.resources.get(resourceId)
  if (!resource?.entitlements.has(entitlementId)) return false
  const offered = await offersTo(ports, facts).entitlementsOf(resource)
  return offered.some(({ id }) => id === entitlementId)
}

function namesOf({ catalog }: Pick<Ports, 'catalog'>, { resourceId, entitlementId }: Favourite) {
  const found = findEntitlement(catalog, resourceId, entitlementId)
  return (
    found && {
      entitlementName: found.entitlement.name,
      resourceName: found.resource.name,
      environment: found.resource.environment,
    }
  )
}
