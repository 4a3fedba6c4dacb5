import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import type { EffectOutcome } from '../../src/usecases/_shared/effect-outcome.ts'
import { revokeGrants } from '../../src/usecases/grants/revoke-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
/** The grants that were asked about in one call, call by call. */
let calls: string[][]
/** What the target answers instead of taking this grant's access away. */
let faults: Map<string, ConnectorError>

beforeEach(async () => {
  world = await openWorld()
  calls = []
  faults = new Map()
  const { revoke } = world.target.connector
  const answer = async (order: Parameters<typeof revoke>[0]) => {
    const fault = faults.get(order.grantId)
    if (fault) throw fault
    return revoke(order)
  }
  world.target.connector.revokeAll = (orders) => {
    calls.push(orders.map(({ grantId }) => grantId))
    return orders.map(answer)
  }
  world.target.connector.revoke = (order) => {
    calls.push([order.grantId])
    return answer(order)
  }
})
afterEach(() => world.close())

/** Ids of grants that are active, each of a request of its own. */
async function active(count: number): Promise<string[]> {
  const requestIds: string[] = []
  for (let n = 0; n < count; n += 1) {
    const { id: requestId } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
    requestIds.push(requestId)
  }
  await world.processAll()
  const histories = await world.ports.store.histories.byRequests(requestIds)
  return histories.flatMap(({ grant }) => grant?.id ?? [])
}

const revokeAll = (grantIds: readonly string[]): Promise<EffectOutcome[]> =>
  Promise.all(
    revokeGrants(
      world.ports,
      grantIds.map((grantId) => ({ grantId, generation: 1 })),
    ),
  )
const states = () =>
  world.database.sql<{ id: string; status: string; attempts: number; transaction: string }[]>`
    select id, status, attempts, xmin::text as transaction from grants`
const eventsOf = async (grantId: string) => {
  const rows = await world.database.sql<{ action: string }[]>`
    select action from audit_events where grant_id = ${grantId} and action like 'grant.%' order by id`
  return rows.map(({ action }) => action)
}
const fail = (grantId: string | undefined, code: 'still_present' | 'unreachable') =>
  faults.set(grantId ?? '', new ConnectorError(code, 'It is still there.', { retryable: true }))

it('leases that end together are asked for in one call and recorded in one transaction, each with its own events', async () => {
  const grants = await active(5)
  world.clock.advance(3600)
  await world.processAll()
  expect(calls).toEqual([expect.arrayContaining(grants)])
  const ended = await states()
  expect(ended.map(({ status }) => status)).toEqual(grants.map(() => 'ended'))
  expect(new Set(ended.map(({ transaction }) => transaction)).size).toBe(1)
  for (const grant of grants) {
    expect(await eventsOf(grant)).toEqual(['grant.activated', 'grant.revoking', 'grant.ended'])
  }
  expect(world.target.held.size).toBe(0)
})

it('all are on record as being revoked before the target is asked', async () => {
  const grants = await active(3)
  world.clock.advance(3600)
  const seen: string[] = []
  const { revoke } = world.target.connector
  world.target.connector.revokeAll = (orders) => {
    const look = states().then((found) => seen.push(...found.map(({ status }) => status)))
    return orders.map((order) => look.then(() => revoke(order)))
  }
  await revokeAll(grants)
  expect(seen).toEqual(['revoking', 'revoking', 'revoking'])
})

it('one that fails is told, does not keep the others, and is tried again alone', async () => {
  const grants = await active(4)
  const [, stubborn] = grants
  fail(stubborn, 'still_present')
  world.clock.advance(3600)
  const outcomes = await revokeAll(grants)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'retry', 'done', 'done'])
  expect(outcomes[1]?.fault).toMatchObject({
    code: 'still_present',
    about: { grantId: stubborn, attempts: 1 },
  })
  const others = await active(2)
  world.clock.advance(3600)
  calls.length = 0
  await revokeAll([...others, ...grants])
  expect(calls).toEqual(expect.arrayContaining([[...others], [stubborn]]))
  expect(calls).toHaveLength(2)
  faults.clear()
  await revokeAll(grants)
  expect((await states()).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'ended'))
  expect(await eventsOf(stubborn ?? '')).toEqual([
    'grant.activated',
    'grant.revoking',
    'grant.revocation_failed',
    'grant.revocation_failed',
    'grant.ended',
  ])
})

it('those that failed because the target was away are tried together when it is back', async () => {
  const grants = await active(3)
  for (const grant of grants) fail(grant, 'unreachable')
  world.clock.advance(3600)
  const outcomes = await revokeAll(grants)
  expect(outcomes.map(({ unreachable }) => unreachable?.code)).toEqual(grants.map(() => 'unreachable'))
  faults.clear()
  calls.length = 0
  await revokeAll(grants)
  expect(calls).toEqual([grants])
})

it('a grant that is ordered twice in one group is asked for once, and ends once', async () => {
  const [one, other] = await active(2)
  if (!one || !other) throw new Error('no grants')
  world.clock.advance(3600)
  const outcomes = await revokeAll([one, other, one])
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
  expect(calls).toEqual([[one, other]])
  expect(await eventsOf(one)).toEqual(['grant.activated', 'grant.revoking', 'grant.ended'])
})

it('those of a group that are not to be revoked now are left alone', async () => {
  const [early, due] = await active(2)
  if (!early || !due) throw new Error('no grants')
  await world.database.sql`update grants set lease_ends_at = ${world.clock.now()} where id = ${due}`
  const outcomes = await revokeAll([early, due, '00000000-0000-4000-8000-000000000000'])
  expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'done', 'done'])
  expect(calls).toEqual([[due]])
  expect(world.target.held.has(early)).toBe(true)
})

it('where the outcomes of a group cannot be recorded together, each is recorded by itself', async () => {
  const grants = await active(3)
  const [, unlucky] = grants
  world.clock.advance(3600)
  const { sql } = world.owner
  await sql`alter table grants add constraint unlucky check (id <> ${sql.unsafe(`'${unlucky}'`)} or status <> 'ended')`
  const outcomes = await revokeAll(grants)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'retry', 'done'])
  await sql`alter table grants drop constraint unlucky`
  expect(await revokeAll(grants)).toMatchObject([{ kind: 'done' }, { kind: 'done' }, { kind: 'done' }])
  expect((await states()).map(({ status }) => status)).toEqual(['ended', 'ended', 'ended'])
})

it('a connector that cannot end them together ends them one by one', async () => {
  const grants = await active(3)
  world.clock.advance(3600)
  delete world.target.connector.revokeAll
  await revokeAll(grants)
  expect(calls).toEqual(grants.map((grant) => [grant]))
  expect(world.target.held.size).toBe(0)
})
