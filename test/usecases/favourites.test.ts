import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Entitlement } from '../../src/domain/catalog.ts'
import { mostFavourites } from '../../src/domain/favourite.ts'
import { addFavourite, removeFavourite } from '../../src/usecases/favourites/change-favourites.ts'
import { searchFavourites } from '../../src/usecases/favourites/search-favourites.ts'
import { openWorld, teamId, type World, who } from '../_world.ts'

let world: World
let shipped: World['ports']['catalog']
beforeAll(async () => {
  world = await openWorld()
  shipped = world.ports.catalog
})
beforeEach(async () => {
  Object.assign(world.ports, { catalog: shipped })
  await world.owner.sql`delete from favourites`
})
afterAll(() => world.close())

const read = { resourceId: 'orders-db', entitlementId: 'read-orders' }
const fix = { resourceId: 'orders-db', entitlementId: 'fix-orders' }
const add = (userId: string, favourite = read) => {
  world.clock.advance(1)
  return addFavourite(world.ports, { by: who(userId), favourite })
}
const of = async (userId: string, typed = '') =>
  (await searchFavourites(world.ports, { asker: who(userId), typed })).map(
    ({ entitlementId }) => entitlementId,
  )

it('a favourite is of one person, once, until it is removed', async () => {
  expect([await add('U0CARL'), await add('U0CARL'), await add('U0CARL', fix)]).toEqual([
    'added',
    'known',
    'added',
  ])
  expect(await of('U0CARL')).toEqual(['read-orders', 'fix-orders'])
  expect(await of('U0CARL', 'fix')).toEqual(['fix-orders'])
  expect(await of('U0DANA')).toEqual([])
  await removeFavourite(world.ports, { by: who('U0DANA'), favourite: read })
  await removeFavourite(world.ports, { by: who('U0CARL'), favourite: read })
  expect(await of('U0CARL')).toEqual(['fix-orders'])
})

it('something that is not offered to a person is no favourite, and one that is not offered any more is not found', async () => {
  expect(await add('U0CARL', { ...read, entitlementId: 'drop-orders' })).toBe('not_offered')
  expect(await add('U0CARL', { ...read, resourceId: 'constructor' })).toBe('not_offered')
  await add('U0CARL')
  Object.assign(world.ports, { catalog: offering([]) })
  expect(await of('U0CARL')).toEqual([])
  await removeFavourite(world.ports, { by: who('U0CARL'), favourite: read })
  Object.assign(world.ports, { catalog: shipped })
  expect(await of('U0CARL')).toEqual([])
})

it('there are no more than the most, also when many are added at once', async () => {
  const ids = Array.from({ length: mostFavourites + 4 }, (_, number) => `e${number}`)
  Object.assign(world.ports, { catalog: offering(ids) })
  const added = await Promise.all(ids.map((entitlementId) => add('U0CARL', { ...read, entitlementId })))
  expect(added.toSorted()).toEqual([...Array(mostFavourites).fill('added'), ...Array(4).fill('too_many')])
  expect(await of('U0CARL')).toHaveLength(mostFavourites)
})

it('two accounts that turn out to be one person have the favourites of both', async () => {
  await add('U0ERIN')
  await add('U0FRED')
  await add('U0FRED', fix)
  await world.ports.store.transaction(async (tx) => {
    const [one, other] = [
      await tx.accounts.findByUserId(teamId, 'U0ERIN'),
      await tx.accounts.findByUserId(teamId, 'U0FRED'),
    ]
    if (!one || !other) throw new Error('no such account')
    await tx.accounts.link({ into: one.personId, from: other.personId, at: world.ports.clock.now() })
  })
  expect(await of('U0ERIN')).toEqual(['read-orders', 'fix-orders'])
  expect(await of('U0FRED')).toEqual(['read-orders', 'fix-orders'])
})

/** The catalog with these entitlements only. */
function offering(ids: readonly string[]) {
  const orders = shipped.resources.get('orders-db')
  const some = orders?.entitlements.get('read-orders')
  if (!orders || !some) throw new Error('no such entitlement')
  const entitlements = new Map(ids.map((id): [string, Entitlement] => [id, { ...some, id, name: id }]))
  return { ...shipped, resources: new Map([['orders-db', { ...orders, entitlements }]]) }
}
