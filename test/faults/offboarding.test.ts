import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Catalog } from '../../src/domain/catalog.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { checkNextAccount } from '../../src/usecases/people/check-accounts.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, teamId, type World, who } from '../_world.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const targets = ['orders-db', 'customers-db', 'cards-db', 'stock-db', 'mail-db']
const leasesOnEach = 10

let world: World
let held: Map<string, Map<string, AccessOrder>>
beforeEach(async () => {
  world = await openWorld()
  held = new Map(targets.map((id) => [id, new Map()]))
  const { catalog, connectors } = manyTargets(world.ports.catalog)
  Object.assign(world.ports, { catalog, connectors: { of: connectors } })
})
afterEach(() => world.close())

/** The catalog with five resources like the first, each with a target of its own. */
function manyTargets(one: Catalog) {
  const orders = one.resources.get('orders-db')
  if (!orders) throw new Error('the base catalog has no orders-db')
  const resources = targets.map((id) => {
    const entitlements = [...orders.entitlements].map(
      ([name, entitlement]) => [name, { ...entitlement, resourceId: id }] as const,
    )
    return [id, { ...orders, id, name: id, entitlements: new Map(entitlements) }] as const
  })
  const defaults = { ...one.defaults, requestsPerHour: 1000 }
  return { catalog: { ...one, defaults, resources: new Map(resources) }, connectors: connectorOf }
}

function connectorOf(resourceId: string): Connector {
  const there = held.get(resourceId)
  if (!there) throw new Error(`no target ${resourceId}`)
  const evidence = (summary: string) => ({ readAt: world.clock.now(), summary, facts: { held: there.size } })
  return {
    ...world.target.connector,
    grant: async (access) => {
      there.set(access.grantId, access)
      return evidence('seen there')
    },
    revoke: async (access) => {
      there.delete(access.grantId)
      return evidence('seen gone')
    },
  }
}

const counts = () => targets.map((id) => held.get(id)?.size)

it('50 leases on five targets, and the event that the account was deactivated is lost: all gone, recorded and told once, within one sweep', async () => {
  const asked: string[] = []
  for (const resourceId of targets) {
    for (let n = 0; n < leasesOnEach; n += 1) {
      const { id } = await world.ask({ resourceId, duration: '8h' })
      await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
      asked.push(id)
    }
  }
  await world.processAll()
  expect(counts()).toEqual(targets.map(() => leasesOnEach))
  const pending = await world.ask()

  world.directory.change('U0CARL', { isDeactivated: true })
  // One round of checks: the holder, and the sponsor.
  for (const _ of [1, 2]) {
    await checkNextAccount(world.ports, teamId)
    world.clock.advance(2)
  }
  await world.processAll()
  // The digest of many endings in one channel waits some seconds.
  world.clock.advance(15)
  await world.processAll()

  expect(counts()).toEqual(targets.map(() => 0))
  const grants = await world.database.sql`
    select status, revocation_cause as cause, count(*)::integer as count from grants group by 1, 2`
  expect(grants).toEqual([{ status: 'revoked', cause: 'offboarded', count: asked.length }])
  expect((await world.ports.store.histories.byRequest(pending.id))?.request.status).toBe('cancelled')
  const events = await world.database.sql`
    select action, count(*)::integer as count, count(distinct grant_id)::integer as grants from audit_events
    where action in ('account.offboarded', 'grant.revoking', 'grant.revoked', 'request.cancelled') group by 1 order by 1`
  expect(events).toEqual([
    { action: 'account.offboarded', count: 1, grants: 0 },
    { action: 'grant.revoked', count: asked.length, grants: asked.length },
    { action: 'grant.revoking', count: asked.length, grants: asked.length },
    { action: 'request.cancelled', count: 1, grants: 0 },
  ])
  // The owners hear of each ending once: in the thread of its card, or in the digest.
  const inThreads = asked.filter((id) => world.channel.said(id).includes('thread:ended'))
  const inDigests = world.channel.digests.flatMap(({ endings }) => endings.map(({ request }) => request.id))
  expect([...inThreads, ...inDigests].toSorted()).toEqual(asked.toSorted())
  for (const id of asked)
    expect(world.channel.said(id).filter((purpose) => purpose === 'requester:ended')).toHaveLength(1)

  const before = world.channel.state.posts
  for (const _ of [1, 2, 3]) {
    world.clock.advance(600)
    await checkNextAccount(world.ports, teamId)
  }
  await world.processAll()
  expect(world.channel.state.posts).toBe(before)
})
