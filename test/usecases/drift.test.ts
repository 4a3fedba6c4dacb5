import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DriftRules } from '../../src/domain/catalog.ts'
import { type AccessOrder, type Connector, ConnectorError } from '../../src/domain/connector.ts'
import { reconcileResource } from '../../src/usecases/drift/reconcile-resource.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
let connector: Connector
/** Notices to the security channel. */
let told: string[]

beforeEach(async () => {
  world = await openWorld()
  connector = world.target.connector
  told = []
  connector.list = async function* () {
    for (const grantId of world.target.held.keys()) yield { grantId, detail: `role of ${grantId}` }
  }
  world.ports.messenger.tellSecurity = async (notice) => {
    if (notice.kind === 'access_drifted') told.push(`${notice.found} ${notice.outcome}`)
  }
})
afterEach(() => world.close())

const reconcile = () => reconcileResource(world.ports, 'orders-db')
const rules = (drift: Partial<DriftRules>) =>
  Object.assign(world.ports.catalog.defaults, {
    drift: { unaccounted: 'remove', removeAfterSeconds: 600, missing: 'restore', ...drift },
  })
const plant = (grantId: string = randomUUID()) => {
  world.target.held.set(grantId, {} as AccessOrder)
  return grantId
}
async function active() {
  const { id: requestId } = await world.ask()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  await world.processAll()
  const grant = (await world.ports.store.histories.byRequest(requestId))?.grant
  if (grant?.status !== 'active') throw new Error('not active')
  return { requestId, grantId: grant.id }
}
const recorded = () =>
  world.database.sql`select details->>'found' as found, details->>'outcome' as outcome from audit_events
    where action = 'grant.drifted' order by id`

it('where target and grants agree, nothing is told and nothing is touched', async () => {
  await active()
  expect(await reconcile()).toEqual({ kind: 'compared', held: 1, drifts: [] })
  await world.processAll()
  expect([told, world.target.held.size]).toEqual([[], 1])
})

it('access that no grant accounts for is announced, and removed a while later; both are recorded', async () => {
  const stray = plant()
  await reconcile()
  await reconcile()
  await world.processAll()
  expect([told, world.target.held.has(stray)]).toEqual([['unaccounted to_be_removed'], true])
  world.clock.advance(601)
  await world.processAll()
  expect([told.at(-1), world.target.held.has(stray)]).toEqual(['unaccounted removed', false])
  expect(await recorded()).toEqual([
    { found: 'unaccounted', outcome: 'to_be_removed' },
    { found: 'unaccounted', outcome: 'removed' },
  ])
})

it('access that came back after its grant had ended is removed again', async () => {
  const { requestId, grantId } = await active()
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  plant(grantId)
  await reconcile()
  world.clock.advance(601)
  await world.processAll()
  expect(world.target.held.size).toBe(0)
})

it('access that is gone before its removal is due is left alone', async () => {
  world.target.held.delete(plant())
  const stray = plant()
  await reconcile()
  world.target.held.delete(stray)
  const { revokes } = world.target.state
  world.clock.advance(601)
  await world.processAll()
  expect(world.target.state.revokes).toBe(revokes)
})

it('where the catalog says so, it is only announced', async () => {
  rules({ unaccounted: 'announce' })
  const stray = plant()
  await reconcile()
  world.clock.advance(3600)
  await world.processAll()
  expect([told, world.target.held.has(stray)]).toEqual([['unaccounted announced'], true])
})

it('an object whose name holds no id of a grant is only announced', async () => {
  const stray = plant('h0123456789abcdef0123456789abcde')
  await reconcile()
  world.clock.advance(3600)
  await world.processAll()
  expect([told, world.target.held.has(stray)]).toEqual([['unaccounted announced'], true])
})

it('a lease that begins while the target is read is no difference', async () => {
  const { list } = connector
  let readings = 0
  connector.list = async function* () {
    readings += 1
    const seen = [...(world.target.held.keys() ?? [])]
    if (readings === 1) await active()
    for (const grantId of seen) yield { grantId, detail: '' }
  }
  expect(list).toBeDefined()
  expect(await reconcile()).toMatchObject({ kind: 'compared', drifts: [] })
})

it('active access that somebody removed is given again, and both are told and recorded', async () => {
  const { grantId } = await active()
  world.target.held.delete(grantId)
  await reconcile()
  await world.processAll()
  expect(world.target.held.has(grantId)).toBe(true)
  expect(told).toEqual(['missing restored'])
  expect(await recorded()).toEqual([{ found: 'missing', outcome: 'restored' }])
})

it('where the catalog says so, its lease ends instead', async () => {
  rules({ missing: 'end' })
  const { requestId, grantId } = await active()
  world.target.held.delete(grantId)
  await reconcile()
  await world.processAll()
  expect((await world.ports.store.histories.byRequest(requestId))?.grant).toMatchObject({
    status: 'revoked',
    revocation: { byId: null, reason: 'Somebody removed the access at the target.' },
  })
  expect(told).toEqual(['missing ended'])
})

it('access that cannot be given again is told', async () => {
  const { grantId } = await active()
  world.target.held.delete(grantId)
  connector.grant = () =>
    Promise.reject(new ConnectorError('misconfigured', 'no such table', { retryable: false }))
  await reconcile()
  await world.processAll()
  expect(told).toEqual(['missing not_restored'])
})

it('a lease that ends while its access is given again leaves nothing', async () => {
  const { requestId, grantId } = await active()
  world.target.held.delete(grantId)
  const { grant } = connector
  connector.grant = async (order) => {
    connector.grant = grant
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
    await world.processAll()
    return grant(order)
  }
  await reconcile()
  await world.processAll()
  expect(world.target.held.size).toBe(0)
})
