import { UnknownAccount } from '../../domain/directory.ts'
import type { Favourite } from '../../domain/favourite.ts'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, freshAtClick, freshEnoughToShow, identify } from '../_shared/person.ts'
import { isOffered } from './read-favourites.ts'

type ChangePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

export interface FavouriteOf {
  readonly by: AccountKey
  readonly favourite: Favourite
}

/** `not_offered`: the catalog has no such entitlement, or this person may not ask for it. Throws `DirectoryUnavailable`. */
export async function addFavourite(
  ports: ChangePorts,
  { by, favourite }: FavouriteOf,
): Promise<'added' | 'known' | 'too_many' | 'not_offered'> {
  const { facts, account } = await identify(ports, by, [], freshAtClick)
  if (!(await isOffered(ports, facts, favourite))) return 'not_offered'
  return ports.store.transaction(async (tx) => {
    const { id } = await tx.accounts.upsert(account)
    return tx.favourites.add(id, favourite, ports.clock.now())
  })
}

/** Also removes one that is not offered any more. Throws `DirectoryUnavailable`. */
export async function removeFavourite(
  { store, clock, directory }: Pick<Ports, 'store' | 'clock' | 'directory'>,
  { by, favourite }: FavouriteOf,
): Promise<void> {
  const known = await directory.account(by.userId, freshEnoughToShow)
  if (!known) throw new UnknownAccount(by.userId)
  await store.transaction(async (tx) => {
    const { id } = await tx.accounts.upsert(known)
    await tx.favourites.remove(id, favourite, clock.now())
  })
}
