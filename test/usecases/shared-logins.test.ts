import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AccessOrder, ConnectorError, type Evidence } from '../../src/domain/connector.ts'
import { reconcileResource } from '../../src/usecases/drift/reconcile-resource.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

/** A target that knows one access for each login, as a group knows its members. */
let members: Set<string>
/** Called before an operation changes the target. */
let beforeChange: ((operation: 'grant' | 'revoke', order: AccessOrder) => Promise<unknown>) | null
let world: World

beforeEach(async () => {
  world = await openWorld()
  members = new Set()
  beforeChange = null
  const resource = world.ports.catalog.resources.get('orders-db')
  Object.assign(resource?.connector ?? {}, { loginFor: () => ({ name: 'GitHub login' }) })
  const evidence = (order: AccessOrder): Evidence => ({
    readAt: world.clock.now(),
    summary: members.has(order.holder.identity ?? '') ? 'It is a member.' : 'It is no member.',
    facts: {},
  })
  Object.assign(world.target.connector, {
    revokeAll: undefined,
    grantAll: undefined,
    list: undefined,
    grant: async (order: AccessOrder) => {
      await beforeChange?.('grant', order)
      members.add(order.holder.identity ?? '')
      return evidence(order)
    },
    revoke: async (order: AccessOrder) => {
      const isHeld = (order.alsoHeld ?? []).length > 0
      await beforeChange?.('revoke', order)
      if (isHeld) members.add(order.holder.identity ?? '')
      else members.delete(order.holder.identity ?? '')
      return evidence(order)
    },
    standing: async ({ holder, alsoHeld = [] }: AccessOrder) =>
      members.has(holder.identity ?? '') && alsoHeld.length === 0 ? 'carl-gh is a member.' : null,
    isHeld: async ({ holder }: AccessOrder) => members.has(holder.identity ?? ''),
  })
})
afterEach(() => world.close())

async function confirmLogin(): Promise<void> {
  const lead = await world.directory.account('U0LEAD')
  await world.ports.store.transaction(async (tx) => {
    if (lead) await tx.accounts.upsert(lead)
  })
  await world.database.sql`
    insert into identities (person_id, system, login, confirmed_by_id, confirmed_at)
    select c.person_id, 'fake', 'carl-gh', l.id, now() from accounts c, accounts l
    where c.user_id = 'U0CARL' and l.user_id = 'U0LEAD' on conflict do nothing`
}

async function approved(): Promise<string> {
  const { id: requestId } = await world.ask()
  await confirmLogin()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  return requestId
}
async function active(): Promise<string> {
  const requestId = await approved()
  await world.processAll()
  expect(await statusOf(requestId)).toBe('active')
  return requestId
}
const grantOf = async (requestId: string) => (await world.ports.store.histories.byRequest(requestId))?.grant
const statusOf = async (requestId: string) => (await grantOf(requestId))?.status
const release = async (requestId: string) => {
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
}

it('of two leases of one login the end of one leaves the access, the end of both takes it', async () => {
  const [one, other] = [await active(), await active()]
  await release(one)
  expect([await statusOf(one), members]).toEqual(['revoked', new Set(['carl-gh'])])
  await release(other)
  expect([await statusOf(other), members]).toEqual(['revoked', new Set()])
})

it('two leases of one Slack account are one access too, though nobody confirmed a login', async () => {
  const resource = world.ports.catalog.resources.get('orders-db')
  const loginFor = () => ({ name: 'Slack account', from: 'slack_account' as const })
  Object.assign(resource?.connector ?? {}, { loginFor })
  const [one, other] = [await active(), await active()]
  expect(members).toEqual(new Set(['U0CARL']))
  await release(one)
  expect(members).toEqual(new Set(['U0CARL']))
  await release(other)
  expect(members).toEqual(new Set())
})

it('two leases of one login that end together both end, and nothing is left', async () => {
  const [one, other] = [await active(), await active()]
  world.clock.advance(3600)
  await world.processAll()
  expect([await statusOf(one), await statusOf(other), members]).toEqual(['ended', 'ended', new Set()])
})

it('a lease that begins while another one of the login ends keeps its access', async () => {
  const one = await active()
  const other = await approved()
  beforeChange = async (operation) => {
    if (operation !== 'revoke') return
    beforeChange = null
    // The revocation has read that nobody else holds the login. Now the other lease begins, and is given the access.
    await world.processAll()
    expect([await statusOf(other), members.has('carl-gh')]).toEqual(['active', true])
  }
  await release(one)
  expect([await statusOf(one), await statusOf(other), members]).toEqual([
    'revoked',
    'active',
    new Set(['carl-gh']),
  ])
  await release(other)
  expect(members).toEqual(new Set())
})

it('access that the login has already is not given, and never taken away', async () => {
  members.add('carl-gh')
  const requestId = await approved()
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({
    status: 'activation_failed',
    failure: {
      code: 'conflict',
      message: 'carl-gh is a member. That was not given by Daypass. Take it away there, then ask again.',
    },
  })
  expect(members).toEqual(new Set(['carl-gh']))
})

it('an attempt that died after it gave the access is not taken for access of before', async () => {
  const requestId = await approved()
  let died = false
  beforeChange = async (operation, order) => {
    if (operation !== 'grant' || died) return
    died = true
    members.add(order.holder.identity ?? '')
    throw new Error('the process died here')
  }
  await world.processAll()
  world.clock.advance(60)
  await world.processAll()
  expect([died, await statusOf(requestId)]).toEqual([true, 'active'])
})

it('access that somebody removed is missed, though the target cannot list', async () => {
  await active()
  expect(await reconcileResource(world.ports, 'orders-db')).toMatchObject({ held: 1, drifts: [] })
  members.clear()
  expect(await reconcileResource(world.ports, 'orders-db')).toMatchObject({
    held: 0,
    drifts: [{ found: 'missing' }],
  })
  await world.processAll()
  expect(members).toEqual(new Set(['carl-gh']))
})

it('a target that wants fewer calls is not called again before the time it named', async () => {
  const requestId = await approved()
  let calls = 0
  beforeChange = async () => {
    calls += 1
    if (calls === 1)
      throw new ConnectorError('throttled', 'too many calls', { retryable: true, retryAfterSeconds: 120 })
  }
  await world.processAll()
  world.clock.advance(100)
  await world.processAll()
  expect(calls).toBe(1)
  world.clock.advance(30)
  await world.processAll()
  expect([calls, await statusOf(requestId)]).toEqual([2, 'active'])
})

it('each lease of a login knows what the others found before', async () => {
  const known: unknown[] = []
  Object.assign(world.target.connector, {
    lookBefore: async ({ alsoHeld = [] }: AccessOrder) => {
      known.push(alsoHeld.map(({ before }) => before))
      return { leases: alsoHeld.length }
    },
  })
  const [one, other] = [await active(), await active()]
  expect(known).toEqual([[], [{ leases: 0 }]])
  const seen: unknown[] = []
  beforeChange = async (_, { before, alsoHeld = [] }) => {
    seen.push([before, alsoHeld.map((lease) => lease.before)])
  }
  await release(one)
  await release(other)
  expect(seen).toEqual([
    [{ leases: 0 }, [{ leases: 1 }]],
    [{ leases: 1 }, []],
  ])
})
