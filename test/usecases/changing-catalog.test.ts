import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createConnectors } from '../../src/connectors/registry.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Catalog, Entitlement } from '../../src/domain/catalog.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

// Daypass is started again with another catalog, while requests wait and access is held under the one before.

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** The same world after a restart: what the catalog says now, and a registry that knows only what it names. */
function restartedWith(catalog: Catalog): void {
  const connectors = createConnectors(catalog, () => {})
  Object.assign(world.ports, { catalog, connectors })
}
const without = (resourceId: string): Catalog => {
  const { catalog } = world.ports
  return { ...catalog, resources: new Map([...catalog.resources].filter(([id]) => id !== resourceId)) }
}
/** `read-orders` changed, or taken away. */
const withReadOrders = (changes: Partial<Entitlement> | null): Catalog => {
  const { catalog } = world.ports
  const resource = catalog.resources.get('orders-db')
  const entitlement = resource?.entitlements.get('read-orders')
  if (!resource || !entitlement) throw new Error('no such entitlement')
  const entitlements = new Map(resource.entitlements)
  if (changes) entitlements.set('read-orders', { ...entitlement, ...changes })
  else entitlements.delete('read-orders')
  return { ...catalog, resources: new Map([['orders-db', { ...resource, entitlements }]]) }
}

const decide = (requestId: string, userId = 'U0DANA', verdict: 'approve' | 'deny' = 'approve') =>
  decideRequest(world.ports, {
    by: who(userId),
    requestId,
    verdict,
    reason: verdict === 'deny' ? 'no' : null,
  })
async function approved(): Promise<string> {
  const { id } = await world.ask()
  await decide(id)
  return id
}
async function active(): Promise<string> {
  const id = await approved()
  await world.processAll()
  return id
}
const historyOf = async (requestId: string) => {
  const history = await world.ports.store.histories.byRequest(requestId)
  if (!history) throw new Error('no history')
  return history
}
const reads = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
async function wait(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.advance(61)
    await world.processAll()
  }
}

describe('a resource that left the catalog', () => {
  it('while access is held there: security reads what to do, and it ends once the resource is back', async () => {
    const before = world.ports.catalog
    const requestId = await active()
    restartedWith(without('orders-db'))
    world.clock.advance(3600)
    await world.processAll()
    expect((await historyOf(requestId)).grant).toMatchObject({
      status: 'revocation_failed',
      failure: { code: 'not_in_catalog' },
    })
    expect(reads(requestId, 'security:revocation_failed')).toContain('Put it back')
    expect(world.channel.latest(requestId, 'security:revocation_failed')?.channelId).toBe('C0SECURITY')
    restartedWith(before)
    await wait(2)
    expect((await historyOf(requestId)).grant?.status).toBe('ended')
    expect(world.target.held.size).toBe(0)
  })

  it('while access is held there: security can still order its end', async () => {
    const requestId = await active()
    restartedWith(without('orders-db'))
    const by = who('U0LEAD')
    expect(await revokeNow(world.ports, { by, requestId, reason: 'decommissioned' })).toMatchObject({
      kind: 'revoking',
    })
  })

  it('before it was activated: given up after a while, and nobody is told of access', async () => {
    const before = world.ports.catalog
    const requestId = await approved()
    restartedWith(without('orders-db'))
    await world.processAll()
    await wait(20)
    expect((await historyOf(requestId)).grant).toMatchObject({ revocation: { cause: 'activation_failed' } })
    expect(reads(requestId, 'requester:activation_failed')).toContain('Daypass is removing any part of it')
    expect(world.channel.said(requestId)).not.toContain('requester:active')
    restartedWith(before)
    await wait(2)
    expect((await historyOf(requestId)).grant?.status).toBe('revoked')
    expect(reads(requestId, 'requester:activation_failed')).toContain('You have no access')
  })
})

it.each([
  ['the risk', { risk: 'critical' as const }],
  ['the name', { name: 'Read everything' }],
  ['a longest duration that is shorter', { maxDurationSeconds: 60 }],
  ['what it gives', { content: contentFromJson({ privileges: ['everything'] }) }],
])('a card that no longer shows %s as it is now cannot be approved', async (_, changes) => {
  const { id } = await world.ask()
  restartedWith(withReadOrders(changes))
  expect(await decide(id)).toMatchObject({
    kind: 'refused',
    policy: { sentence: expect.stringContaining('as the card shows it') },
  })
})

describe('an entitlement that left the catalog', () => {
  it('is not approved any more, nobody can ask for it, and what waits for it expires', async () => {
    const { id } = await world.ask()
    restartedWith(withReadOrders(null))
    expect(await decide(id)).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('no longer offers this') },
    })
    expect(await requestAccess(world.ports, usualAsk())).toMatchObject({ kind: 'invalid' })
    world.clock.advance(8 * 3600)
    await world.processAll()
    expect((await historyOf(id)).request.status).toBe('expired')
  })

  it('ends on time where it is held', async () => {
    const requestId = await active()
    restartedWith(withReadOrders(null))
    world.clock.advance(3600)
    await world.processAll()
    expect((await historyOf(requestId)).grant?.status).toBe('ended')
    expect(world.target.held.size).toBe(0)
  })
})

describe('an entitlement that changed', () => {
  it('is given for no longer than it is offered now', async () => {
    const { id } = await world.ask({ duration: '1h' })
    restartedWith(withReadOrders({ maxDurationSeconds: 600, defaultDurationSeconds: 600 }))
    expect(await decide(id)).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('as the card shows it') },
    })
  })

  it('needs as many approvals as it asks for now, and the card counts so', async () => {
    const { id } = await world.ask()
    restartedWith(withReadOrders({ approvals: ownersPlan(2) }))
    expect(await decide(id)).toMatchObject({ kind: 'recorded', history: { request: { status: 'pending' } } })
    await world.processAll()
    expect(reads(id, 'card')).toContain('1 of 2 approvals')
    expect(await decide(id, 'U0ERIN')).toMatchObject({ history: { request: { status: 'approved' } } })
  })

  it('between two approvals is approved by nobody: the first one counted for less', async () => {
    restartedWith(withReadOrders({ approvals: ownersPlan(2) }))
    const { id } = await world.ask()
    expect(await decide(id)).toMatchObject({ kind: 'recorded' })
    restartedWith(withReadOrders({ content: contentFromJson({ privileges: ['everything'] }) }))
    expect(await decide(id, 'U0ERIN')).toMatchObject({ kind: 'refused' })
    expect((await historyOf(id)).grant).toBeNull()
  })

  it('after it was approved is not given: nothing is left, and people read that it could not be opened', async () => {
    const { id: requestId } = await world.ask()
    // The card stands: what answers it has a place.
    await world.processAll()
    await decide(requestId)
    restartedWith(withReadOrders({ content: contentFromJson({ privileges: ['everything'] }) }))
    await world.processAll()
    expect(world.target.held.size).toBe(0)
    expect((await historyOf(requestId)).grant).toMatchObject({ status: 'activation_failed' })
    expect(reads(requestId, 'requester:activation_failed')).toContain('You have no access')
    expect(reads(requestId, 'thread:activation_failed')).toContain('ask for it again')
  })
})

it('a guest whose account was given an earlier end while the request waited does not outlive it', async () => {
  const { id } = await world.ask()
  const guestExpiresAt = new Date(world.clock.now().getTime() + 1_800_000)
  world.directory.change('U0CARL', { guestExpiresAt })
  world.clock.advance(600)
  await decide(id)
  await world.processAll()
  expect((await historyOf(id)).grant).toMatchObject({ status: 'active', lease: { endsAt: guestExpiresAt } })
})

it('access is taken back also from somebody whom Slack does not show any more', async () => {
  const requestId = await active()
  const { account } = world.directory
  world.directory.account = async (userId: string) => (userId === 'U0CARL' ? null : account(userId))
  expect(await revokeNow(world.ports, { by: who('U0LEAD'), requestId, reason: 'gone' })).toMatchObject({
    kind: 'revoking',
  })
})
