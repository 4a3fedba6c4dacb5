import { type Favourite, isSameFavourite, mostFavourites } from '../../domain/favourite.ts'
import type { OfferedFavourite } from '../../domain/home.ts'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, freshEnoughToShow, identify } from '../_shared/person.ts'
import { rankMatches } from '../_shared/rank-matches.ts'
import { readFavourites } from './read-favourites.ts'

type SearchPorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>

/** The favourites of a person that match the typed text and are offered now. Throws `DirectoryUnavailable`. */
export async function searchFavourites(
  ports: SearchPorts,
  { asker, typed }: { asker: AccountKey; typed: string },
): Promise<OfferedFavourite[]> {
  const { facts } = await identify(ports, asker, [], freshEnoughToShow)
  const offered = (await readFavourites(ports, facts)).flatMap((one) =>
    one.offered ? [{ ...one, offered: one.offered }] : [],
  )
  return rankMatches(
    offered,
    typed,
    ({ resourceId, entitlementId, offered: { entitlementName, resourceName } }) => [
      entitlementName,
      resourceName,
      resourceId,
      entitlementId,
    ],
  )
}

/** Whether the person could add it: it is none yet, and there is room. Throws `DirectoryUnavailable`. */
export async function mayAddFavourite(
  ports: SearchPorts,
  { asker, favourite }: { asker: AccountKey; favourite: Favourite },
): Promise<boolean> {
  const { facts } = await identify(ports, asker, [], freshEnoughToShow)
  const all = await ports.store.favouritesOf(facts.person)
  return all.length < mostFavourites && !all.some((one) => isSameFavourite(one, favourite))
}
