import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import type { EffectOutcome } from '../../src/usecases/_shared/effect-outcome.ts'
import { activateGrants } from '../../src/usecases/grants/activate-grant.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
/** The grants that were asked for in one call, call by call. */
let calls: string[][]
/** The answer of the target instead of giving this grant's access. */
let faults: Map<string, ConnectorError>

beforeEach(async () => {
  world = await openWorld()
  calls = []
  faults = new Map()
  const { grant } = world.target.connector
  const answer = async (order: Parameters<typeof grant>[0]) => {
    const fault = faults.get(order.grantId)
    if (fault) throw fault
    return grant(order)
  }
  world.target.connector.grantAll = (orders) => {
    calls.push(orders.map(({ grantId }) => grantId))
    return orders.map(answer)
  }
  world.target.connector.grant = (order) => {
    calls.push([order.grantId])
    return answer(order)
  }
})
afterEach(() => world.close())

/** Ids of grants that were approved, each of a request of its own. */
async function approved(count: number): Promise<string[]> {
  for (let n = 0; n < count; n += 1) {
    const { id: requestId } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  }
  const rows = await world.database.sql<{ id: string }[]>`select id from grants order by created_at, id`
  return rows.map(({ id }) => id)
}
const activate = (grantIds: readonly string[]): Promise<EffectOutcome[]> =>
  Promise.all(
    activateGrants(
      world.ports,
      grantIds.map((grantId) => ({ grantId, resourceId: 'orders-db' })),
      { probing: false },
    ),
  )
const states = async () => {
  const rows = await world.database.sql<{ id: string; status: string; transaction: string }[]>`
    select id, status, xmin::text as transaction from grants`
  return new Map(rows.map(({ id, ...state }) => [id, state]))
}
const statusesOf = async (grantIds: readonly string[]) => {
  const found = await states()
  return grantIds.map((id) => found.get(id)?.status)
}
const eventsOf = async (grantId: string) => {
  const rows = await world.database.sql<{ action: string }[]>`
    select action from audit_events where grant_id = ${grantId} order by id`
  return rows.map(({ action }) => action).filter((action) => action.startsWith('grant.activat'))
}

it('approvals that arrive together are activated in one call and recorded in one transaction, each with its own events', async () => {
  const grants = await approved(5)
  await world.processAll()
  expect(calls).toEqual([expect.arrayContaining(grants)])
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'active'))
  expect(new Set([...(await states()).values()].map(({ transaction }) => transaction)).size).toBe(1)
  for (const grant of grants) expect(await eventsOf(grant)).toContain('grant.activated')
  expect(world.target.held.size).toBe(5)
  const planned = await world.database.sql`
    select from outbox where kind = 'revoke_grant' and due_at = ${new Date(world.clock.now().getTime() + 3_600_000)}`
  expect(planned).toHaveLength(5)
})

it('one that is refused fails alone, and nothing of it is left at the target', async () => {
  const grants = await approved(4)
  const [, refused = ''] = grants
  faults.set(refused, new ConnectorError('permission', 'Not allowed.', { retryable: false }))
  const outcomes = await activate(grants)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'done'])
  expect(await statusesOf(grants)).toEqual(['active', 'activation_failed', 'active', 'active'])
  expect(world.target.held.has(refused)).toBe(false)
})

it('a target that does not answer: each is tried again, and the target counts as unreachable', async () => {
  const grants = await approved(3)
  for (const grant of grants)
    faults.set(grant, new ConnectorError('unreachable', 'Away.', { retryable: true }))
  const outcomes = await activate(grants)
  expect(outcomes.map(({ kind, unreachable }) => [kind, unreachable?.code])).toEqual(
    grants.map(() => ['retry', 'unreachable']),
  )
  faults.clear()
  await activate(grants)
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'active'))
})

it('after fifteen minutes without an answer, a revocation is ordered for each, and the target is asked no more', async () => {
  const grants = await approved(3)
  world.clock.advance(16 * 60)
  world.target.breakDown(true)
  const asked = world.target.state.revokes
  await activate(grants)
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'revoking'))
  expect(world.target.state.revokes).toBe(asked)
  world.target.mend()
  await world.processAll()
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'revoked'))
})

it('a grant that is ordered twice in one group is asked for once, and becomes active once', async () => {
  const [one = '', other = ''] = await approved(2)
  const outcomes = await activate([one, other, one])
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
  expect(calls).toEqual([expect.arrayContaining([one, other])])
  expect((await eventsOf(one)).filter((action) => action === 'grant.activated')).toHaveLength(1)
  expect(world.target.held.size).toBe(2)
})

it('those that were revoked while the target worked are removed again', async () => {
  const grants = await approved(3)
  const { grantAll } = world.target.connector
  world.target.connector.grantAll = (orders) => {
    const revoking = offboardAccount(world.ports, who('U0CARL')).then(() => world.processAll())
    return orders.map((order) => revoking.then(() => grantAll?.([order])[0] ?? Promise.reject()))
  }
  await activate(grants)
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'revoked'))
  expect(world.target.held.size).toBe(0)
})

it('where the outcomes of a group cannot be recorded together, each is recorded by itself', async () => {
  const grants = await approved(3)
  const [, unlucky = ''] = grants
  const { sql } = world.owner
  await sql`
    alter table grants add constraint unlucky check (id <> ${sql.unsafe(`'${unlucky}'`)} or status <> 'active')`
  const outcomes = await activate(grants)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'retry', 'done'])
  await sql`alter table grants drop constraint unlucky`
  await activate(grants)
  expect(await statusesOf(grants)).toEqual(grants.map(() => 'active'))
})

it('a connector that cannot give them together gives them one by one', async () => {
  const grants = await approved(3)
  delete world.target.connector.grantAll
  await activate(grants)
  expect(calls.toSorted()).toEqual(grants.map((grant) => [grant]).toSorted())
  expect(world.target.held.size).toBe(3)
})
