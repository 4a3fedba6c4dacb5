import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

// Some access is gone only when a person has taken it away. That takes longer than a target takes, and is no failure at first.

let world: World
let requestId: string
/** The sentence of the target while a person is awaited. */
let awaited: string | null
const sentence = 'Somebody of the helpdesk takes it away: https://desk.test/17.'

beforeEach(async () => {
  world = await openWorld()
  awaited = sentence
  const { connector } = world.target
  const { revoke } = connector
  connector.revoke = async (order) => {
    if (awaited === null || world.target.state.broken) return revoke(order)
    throw new ConnectorError('awaiting_person', awaited, { retryable: true })
  }
  requestId = (await world.ask()).id
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  await world.processAll()
  world.clock.advance(3600)
  await world.processAll()
})
afterEach(() => world.close())

const grantNow = async () => (await world.ports.store.histories.byRequest(requestId))?.grant
const textOf = (purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
const pass = async (minutes: number) => {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.advance(60)
    await world.processAll()
  }
}
const events = async () => {
  const audited = await world.ports.store.histories.byReference('AR-1')
  return audited?.events.map(({ action }) => action).filter((action) => action.startsWith('grant.')) ?? []
}

it('is no failure: the grant is being revoked, owners read who is awaited, and the holder that the time is over', async () => {
  await pass(5)
  expect(await grantNow()).toMatchObject({ status: 'revoking', awaits: sentence })
  expect(textOf('card')).toContain(
    'The lease ended. Waits for a person: Somebody of the helpdesk takes it away: <https://desk.test/17>.',
  )
  expect(textOf('card')).toContain('Access is being removed')
  expect(textOf('requester:active')).toContain('is being removed')
  expect(world.channel.said(requestId)).not.toContain('security:revocation_failed')
  expect(textOf('requester:ended')).toBe('nothing')
})

it('ends when the person has taken it away', async () => {
  await pass(5)
  awaited = null
  await pass(1)
  const grant = await grantNow()
  expect(grant).toMatchObject({ status: 'ended' })
  expect(grant).not.toHaveProperty('awaits')
  expect(await events()).not.toContain('grant.revocation_failed')
})

it('takes so long that it counts as failed: security and owners are told once, and it goes on for ever', async () => {
  await pass(14)
  expect(world.channel.said(requestId)).not.toContain('security:revocation_failed')
  await pass(2)
  expect(await grantNow()).toMatchObject({
    status: 'revocation_failed',
    failure: { code: 'awaiting_person', message: sentence },
  })
  expect(textOf('security:revocation_failed')).toContain('ACCESS MAY STILL BE OPEN')
  expect(textOf('thread:revocation_failed')).toContain('ACCESS MAY STILL BE OPEN')
  expect(textOf('card')).toContain('ACCESS MAY STILL BE OPEN')
  const { posts } = world.channel.state
  await pass(60)
  expect(await grantNow()).toMatchObject({ status: 'revocation_failed' })
  expect(world.channel.state.posts).toBe(posts)
  awaited = null
  await pass(2)
  expect(await grantNow()).toMatchObject({ status: 'ended' })
  expect(textOf('security:revocation_failed')).toContain('is gone now')
})

it('as long as the catalog lets it wait at this resource', async () => {
  const connector = world.ports.catalog.resources.get('orders-db')?.connector
  Object.assign(connector ?? {}, { escalateAfterSeconds: 4 * 3600 })
  await pass(3 * 60)
  expect(await grantNow()).toMatchObject({ status: 'revoking', awaits: sentence })
  world.clock.advance(3600)
  await world.processAll()
  expect(await grantNow()).toMatchObject({ status: 'revocation_failed' })
})

it('a target that fails meanwhile is told at once, and no longer when it only waits again', async () => {
  await pass(3)
  world.target.breakDown(true)
  await pass(1)
  expect(await grantNow()).toMatchObject({ status: 'revocation_failed', failure: { code: 'unreachable' } })
  expect(textOf('security:revocation_failed')).toContain('ACCESS MAY STILL BE OPEN')
  world.target.mend()
  await pass(2)
  expect(await grantNow()).toMatchObject({ status: 'revoking', awaits: sentence })
  expect(textOf('security:revocation_failed')).toContain('waiting for a person to remove access')
  awaited = null
  await pass(2)
  expect(textOf('security:revocation_failed')).toContain('is gone now')
})

it('access that was revoked while it was being set up waits in the same way', async () => {
  const { connector } = world.target
  const { grant } = connector
  connector.grant = async () => {
    throw new ConnectorError('awaiting_person', 'Somebody must set it up.', { retryable: true })
  }
  const other = await world.ask()
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: other.id,
    verdict: 'approve',
    reason: null,
  })
  await world.processAll()
  await revokeNow(world.ports, { by: who('U0DANA'), requestId: other.id, reason: 'No longer needed' })
  await pass(2)
  const read = async () => (await world.ports.store.histories.byRequest(other.id))?.grant
  expect(await read()).toMatchObject({ status: 'revoking', awaits: sentence })
  // The activation that was under way orders nothing again and again.
  const [row] = await world.database.sql`
    select count(*)::int as open from outbox where done_at is null and effect ->> 'kind' = 'activate_grant'`
  expect(row?.open).toBe(0)
  connector.grant = grant
  awaited = null
  await pass(1)
  expect(await read()).toMatchObject({ status: 'revoked' })
})
