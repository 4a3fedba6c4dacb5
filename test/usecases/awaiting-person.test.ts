import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AccessOrder, ConnectorError } from '../../src/domain/connector.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

// Some access is complete only when a person has done something at the target, such as accept an invitation.

let world: World
let requestId: string
/** The sentence of the target, while it awaits a person; `invited` are the grants for which it has something already. */
let awaited: string | null
let invited: Set<string>

const sentence = 'carl has not accepted the invitation yet: https://git.test/acme/invitations.'

beforeEach(async () => {
  world = await openWorld()
  awaited = sentence
  invited = new Set()
  const { connector } = world.target
  const { grant, revoke } = connector
  connector.grant = async (order: AccessOrder) => {
    if (awaited === null || world.target.state.broken) return grant(order)
    invited.add(order.grantId)
    throw new ConnectorError('awaiting_person', awaited, { retryable: true })
  }
  connector.revoke = async (order) => {
    const evidence = await revoke(order)
    invited.delete(order.grantId)
    return evidence
  }
  requestId = (await world.ask()).id
  await world.processAll()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  await world.processAll()
})
afterEach(() => world.close())

const grantNow = async () => (await world.ports.store.histories.byRequest(requestId))?.grant
const textOf = (purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
/** Time passes, and what is due is done every minute. */
const pass = async (minutes: number) => {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.advance(60)
    await world.processAll()
  }
}

it('the activation waits for the person, and owners and requester read who is awaited, with a link', async () => {
  expect(await grantNow()).toMatchObject({ status: 'activating', awaits: sentence })
  const linked = 'carl has not accepted the invitation yet: <https://git.test/acme/invitations>.'
  expect(textOf('card')).toContain(`Waits for a person: ${linked}`)
  expect(textOf('requester:submitted')).toContain(linked)
  expect(textOf('requester:awaits')).toContain(linked)
})

it('it waits longer than for a target, and the lease begins when the access is there', async () => {
  await pass(60)
  awaited = null
  await pass(2)
  const grant = await grantNow()
  expect(grant).toMatchObject({ status: 'active' })
  expect(grant).not.toHaveProperty('awaits')
  const waited = grant?.status === 'active' && grant.lease.activatedAt.getTime() - grant.createdAt.getTime()
  expect(waited).toBeGreaterThanOrEqual(60 * 60_000)
  expect(textOf('card')).not.toContain('Waits for')
  expect(textOf('requester:awaits')).toContain('nothing is awaited any more')
})

it('the requester is told once, and reads another sentence in the same message', async () => {
  const { posts } = world.channel.state
  await pass(5)
  awaited = 'carl has not set up two-factor authentication.'
  await pass(2)
  expect(textOf('requester:awaits')).toContain('two-factor')
  expect(textOf('card')).toContain('two-factor')
  expect(world.channel.state.posts).toBe(posts)
})

it('nobody does it for as long as a request would wait: the activation fails with that sentence, and nothing is left', async () => {
  await pass(1)
  world.clock.advance(8 * 3600)
  await world.processAll()
  expect(await grantNow()).toMatchObject({
    status: 'activation_failed',
    failure: { code: 'awaiting_person', message: sentence },
  })
  expect(invited.size).toBe(0)
  expect(textOf('requester:awaits')).toContain('nothing is awaited any more')
})

it('a target that fails after a long wait is tried again as long as any other', async () => {
  await pass(60)
  world.target.breakDown(true)
  await pass(10)
  expect(await grantNow()).toMatchObject({ status: 'activating', awaits: sentence })
  world.target.mend()
  awaited = null
  await pass(2)
  expect(await grantNow()).toMatchObject({ status: 'active' })
})

it('a target that fails for a quarter of an hour after a long wait is given up', async () => {
  await pass(60)
  world.target.breakDown(true)
  await pass(18)
  expect(await grantNow()).toMatchObject({ revocation: { cause: 'activation_failed' } })
})

it('access that is revoked while a person is awaited leaves nothing at the target', async () => {
  expect(invited.size).toBe(1)
  await revokeNow(world.ports, { by: who('U0DANA'), requestId, reason: 'No longer needed' })
  await world.processAll()
  expect(await grantNow()).toMatchObject({ status: 'revoked' })
  expect(await grantNow()).not.toHaveProperty('awaits')
  expect(textOf('requester:awaits')).toContain('nothing is awaited any more')
  expect(invited.size).toBe(0)
})

it('access that is revoked while the target is asked is removed once more', async () => {
  const { connector } = world.target
  const { grant } = connector
  connector.grant = async (order) => {
    await revokeNow(world.ports, { by: who('U0DANA'), requestId, reason: 'No longer needed' })
    await world.processAll()
    return grant(order)
  }
  await pass(2)
  expect(await grantNow()).toMatchObject({ status: 'revoked' })
  expect(invited.size).toBe(0)
})
