import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { emptyForm, requestForm } from '../../src/slack/features/request/form.ts'
import { formFor } from '../../src/slack/features/request/form-state.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
/** What the target was told: the operation, and the login that it was told of. */
let told: [string, string | undefined][]

beforeEach(async () => {
  world = await openWorld()
  told = []
  const resource = world.ports.catalog.resources.get('orders-db')
  Object.assign(resource?.connector ?? {}, { loginFor: () => ({ name: 'GitHub login' }) })
  const { connector } = world.target
  const { grant, revoke } = connector
  connector.grant = (order) => {
    told.push(['grant', order.holder.identity])
    return grant(order)
  }
  connector.revoke = (order) => {
    told.push(['revoke', order.holder.identity])
    return revoke(order)
  }
})
afterEach(() => world.close())

/** Lead confirms Carl's login; null takes the confirmation back. */
async function confirm(login: string | null, system = 'fake') {
  const { sql: client } = world.database
  await client`delete from identities where system = ${system}`
  if (login === null) return
  await client`
    insert into identities (person_id, system, login, confirmed_by_id, confirmed_at)
    select c.person_id, ${system}, ${login}, l.id, now() from accounts c, accounts l
    where c.user_id = 'U0CARL' and l.user_id = 'U0LEAD'`
}

async function approved(): Promise<string> {
  const { id: requestId } = await world.ask()
  await world.ports.store.transaction(async (tx) => {
    const lead = await world.directory.account('U0LEAD')
    if (lead) await tx.accounts.upsert(lead)
  })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  return requestId
}

const grantOf = async (requestId: string) => (await world.ports.store.histories.byRequest(requestId))?.grant
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}

it('the form says that a login is missing, and who can confirm it; the request can be sent', async () => {
  const typed = { resourceId: 'orders-db', entitlementId: 'read-orders' }
  const form = async () =>
    JSON.stringify(
      requestForm(await formFor(world.ports, who('U0CARL'), { ...emptyForm, ...typed, duration: null })),
    )
  expect(await form()).toMatch(/Nobody has confirmed your GitHub login yet\. .*security team can confirm it/)
  await approved()
  await confirm('carl-gh')
  expect(await form()).not.toContain('GitHub login')
})

it('an approved request waits for the login, says so, and goes on when somebody has confirmed it', async () => {
  const requestId = await approved()
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'activating', awaitsLogin: 'GitHub login' })
  expect(told).toEqual([])
  expect(textOf(requestId, 'card')).toContain('Waits for the GitHub login of <@U0CARL>')
  world.clock.advance(3600)
  await world.processAll()
  await confirm('carl-gh')
  world.clock.advance(60)
  await world.processAll()
  expect(told).toEqual([['grant', 'carl-gh']])
  expect(await grantOf(requestId)).toMatchObject({ status: 'active', login: 'carl-gh' })
  expect(await grantOf(requestId)).not.toHaveProperty('awaitsLogin')
})

it('a target that does not answer when the login is there at last is tried again', async () => {
  const requestId = await approved()
  await world.processAll()
  world.clock.advance(3600)
  await world.processAll()
  await confirm('carl-gh')
  world.target.breakDown(true)
  for (let minute = 0; minute < 3; minute += 1) {
    world.clock.advance(60)
    await world.processAll()
  }
  expect(await grantOf(requestId)).toMatchObject({ status: 'activating', login: 'carl-gh' })
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'active' })
})

it('a login of the resource itself counts before one of its kind', async () => {
  const requestId = await approved()
  await confirm('carl-everywhere', 'fake')
  await confirm('carl-orders', 'orders-db')
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ login: 'carl-orders' })
})

it('nobody confirms it for as long as a request would wait: the activation fails, and says why', async () => {
  const requestId = await approved()
  await world.processAll()
  world.clock.advance(8 * 3600 + 60)
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({
    status: 'activation_failed',
    failure: { code: 'login_missing', message: 'Nobody has confirmed the GitHub login of the requester.' },
  })
})

it('a login that changes while it is granted: the access is taken from the former one first', async () => {
  const requestId = await approved()
  await confirm('carl-old')
  world.target.breakDown(true)
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'activating', login: 'carl-old' })
  world.target.mend()
  await confirm('carl-new')
  told = []
  world.clock.advance(60)
  await world.processAll()
  expect(told).toEqual([
    ['revoke', 'carl-old'],
    ['grant', 'carl-new'],
  ])
  expect(await grantOf(requestId)).toMatchObject({ status: 'active', login: 'carl-new' })
})

it('a login that changed during the lease: the access is taken from the one that has it', async () => {
  const requestId = await approved()
  await confirm('carl-old')
  await world.processAll()
  await confirm('carl-new')
  told = []
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  expect(told).toEqual([['revoke', 'carl-old']])
})

it('a login that is the Slack account itself needs nobody to confirm it, and belongs to the account that asked', async () => {
  const resource = world.ports.catalog.resources.get('orders-db')
  const loginFor = () => ({ name: 'Slack account', from: 'slack_account' as const })
  Object.assign(resource?.connector ?? {}, { loginFor })
  await confirm('somebody-else')
  const typed = { resourceId: 'orders-db', entitlementId: 'read-orders', duration: null }
  const form = requestForm(await formFor(world.ports, who('U0CARL'), { ...emptyForm, ...typed }))
  expect(JSON.stringify(form)).not.toContain('Slack account')
  const requestId = await approved()
  await world.processAll()
  expect(told).toEqual([['grant', 'U0CARL']])
  expect(await grantOf(requestId)).toMatchObject({ status: 'active', login: 'U0CARL' })
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  expect(told.at(-1)).toEqual(['revoke', 'U0CARL'])
})

it('the connector remembers the time before a lease, from before it changes the target until the end', async () => {
  const { connector } = world.target
  const { grant, revoke } = connector
  let looks = 0
  const befores: unknown[] = []
  Object.assign(connector, {
    lookBefore: async (order: AccessOrder) => {
      looks += 1
      expect(order.before).toBeUndefined()
      return { id: `${order.holder.identity} ${looks}` }
    },
    grant: (order: AccessOrder) => {
      befores.push(order.before)
      return grant(order)
    },
    revoke: (order: AccessOrder) => {
      befores.push(order.before)
      return revoke(order)
    },
  })
  const requestId = await approved()
  await confirm('carl-old')
  world.target.breakDown(true)
  await world.processAll()
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  expect(looks).toBe(1)
  expect(new Set(befores.map((before) => JSON.stringify(before)))).toEqual(new Set(['{"id":"carl-old 1"}']))
  expect(befores.length).toBeGreaterThanOrEqual(3)
})

it('another login is looked at anew, and the former one keeps its facts until the access is taken from it', async () => {
  const { connector } = world.target
  const { revoke } = connector
  const taken: unknown[] = []
  Object.assign(connector, {
    lookBefore: async ({ holder }: AccessOrder) => ({ id: holder.identity ?? '' }),
    revoke: (order: AccessOrder) => {
      taken.push(order.before)
      return revoke(order)
    },
  })
  const requestId = await approved()
  await confirm('carl-old')
  world.target.breakDown(true)
  await world.processAll()
  world.target.mend()
  await confirm('carl-new')
  world.clock.advance(60)
  await world.processAll()
  expect(taken).toEqual([{ id: 'carl-old' }])
  expect(await grantOf(requestId)).toMatchObject({ status: 'active', before: { id: 'carl-new' } })
})

it('each attempt to take access away carries the facts of the read-back that showed it as given', async () => {
  const { connector } = world.target
  const { grant, revoke } = connector
  const given: unknown[] = []
  connector.grant = async (order) => ({ ...(await grant(order)), facts: { entryId: '42' } })
  connector.revoke = (order) => {
    given.push(order.given)
    return revoke(order)
  }
  const requestId = await approved()
  await confirm('carl-gh')
  await world.processAll()
  world.target.breakDown(true)
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'revocation_failed' })
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'revoked' })
  expect(given).toEqual([{ entryId: '42' }, { entryId: '42' }])
})
