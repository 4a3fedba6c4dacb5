import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import type { World } from '../_world.ts'
import { openWorld, usualAsk, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const withRule = (condition: string) =>
  Object.assign(world.ports, {
    policy: policiesWith(`@id("more") @reason("Not so.")
      forbid (principal, action == Action::"request", resource) ${condition};`),
  })
const ask = async () => {
  world.clock.advance(1)
  const answer = await requestAccess(world.ports, usualAsk())
  return answer.kind === 'refused' ? answer.policy : answer.kind
}
const approve = (requestId: string) =>
  decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })

describe('a policy may name the situation of the requester', () => {
  it('the hour and the weekday where the requester is, not where Daypass runs', async () => {
    // 2026-11-22 is a Sunday. 09:00 in UTC is 18:00 in Tokyo.
    world.directory.change('U0CARL', { timeZone: 'Asia/Tokyo' })
    withRule('when { context.localHour >= 18 && context.localWeekday == 7 }')
    expect(await ask()).toMatchObject({ outcome: 'forbidden', decidedBy: [{ id: 'more' }] })
    world.directory.change('U0CARL', { timeZone: 'Europe/Lisbon' })
    expect(await ask()).toBe('submitted')
  })

  it('the requests of the last 24 hours, of which the one in question is none, also at the approval', async () => {
    withRule('when { context.requestsInLastDay >= 2 }')
    await world.ask()
    world.clock.advance(1)
    const second = await world.ask()
    expect(await ask()).toMatchObject({ outcome: 'forbidden' })
    expect(await approve(second.id)).toMatchObject({ kind: 'recorded' })
    world.clock.advance(86_401)
    expect(await ask()).toBe('submitted')
  })

  it('what the person holds now, in all and on the resource', async () => {
    withRule('when { context.activeLeases >= 1 && context.activeLeasesHere >= 1 }')
    await approve((await world.ask()).id)
    expect(await ask()).toMatchObject({ outcome: 'forbidden' })
    await world.processAll()
    world.clock.advance(3_601)
    await world.processAll()
    expect(await ask()).toBe('submitted')
  })

  it('the tags of the resource and of the entitlement', async () => {
    const { catalog } = world.ports
    const orders = catalog.resources.get('orders-db')
    if (!orders) throw new Error('no orders-db')
    const tagged = { ...orders, tags: ['personal-data'] }
    Object.assign(world.ports, { catalog: { ...catalog, resources: new Map([['orders-db', tagged]]) } })
    withRule('when { resource.tags.contains("personal-data") }')
    expect(await ask()).toMatchObject({ outcome: 'forbidden' })
    withRule('when { resource.tags.contains("cards") }')
    expect(await ask()).toBe('submitted')
  })

  it('and only what a policy names is looked up', async () => {
    let looked = 0
    const { people } = world.ports.store
    const usage: typeof people.usage = (...input) => {
      looked += 1
      return people.usage(...input)
    }
    Object.assign(world.ports, { store: { ...world.ports.store, people: { ...people, usage } } })
    await ask()
    expect(looked).toBe(0)
    withRule('when { context.activeLeases >= 9 }')
    await ask()
    expect(looked).toBe(1)
  })
})

describe('what a policy names and nobody knows is a refusal, recorded, and told to security once', () => {
  const recorded = async () =>
    (await world.database.sql`select action, policy from audit_events order by id`).filter(
      ({ action }) => action === 'request.refused',
    )

  it('a local hour without a time zone', async () => {
    withRule('when { context.localHour >= 18 }')
    world.directory.change('U0CARL', { timeZone: null })
    const refused = await ask()
    await ask()
    expect(refused).toMatchObject({
      outcome: 'error',
      errors: ['more: Slack shows no time zone of the requester: set it in the Slack profile.'],
      sentence: expect.stringContaining('set it in the Slack profile'),
    })
    expect(await recorded()).toHaveLength(2)
    await world.processAll()
    expect(world.channel.notices).toMatchObject([
      { kind: 'policies_not_evaluated', action: 'request', resourceId: 'orders-db' },
    ])
  })

  it('a user group that Slack does not know, though the policy only forbids', async () => {
    withRule('when { principal in UserGroup::"S0GONE" }')
    expect(await ask()).toMatchObject({
      outcome: 'error',
      errors: ['more: Slack knows no user group S0GONE.'],
    })
    world.directory.groups.set('S0GONE', new Set())
    expect(await ask()).toBe('submitted')
  })
})

describe('the basis of a result', () => {
  it('is kept with the request and the decision: the versions of catalog and policies, and the facts', async () => {
    const request = await world.ask({ ticket: 'INC-42' })
    await approve(request.id)
    const history = await world.ports.store.histories.byRequest(request.id)
    const { contentHash: policies } = world.ports.policy
    expect(history?.request.policy).toEqual(request.policy)
    expect(history?.request.policy.basis).toMatchObject({
      policies,
      facts: { action: 'request', ticket: 'INC-42', principal: { userId: 'U0CARL' } },
    })
    expect(history?.decisions[0]?.policy.basis).toMatchObject({
      policies,
      facts: { action: 'approve', principal: { userId: 'U0DANA' }, requester: { userId: 'U0CARL' } },
    })
  })

  it('is in the event of a refused request too, without the ticket; other events have the versions only', async () => {
    withRule('')
    await requestAccess(world.ports, { ...usualAsk(), ticket: 'INC-42' })
    const [event] = await world.database.sql`select policy from audit_events where action = 'request.refused'`
    expect(event?.policy.basis).toMatchObject({
      facts: { ticket: null, withheld: ['ticket'], durationSeconds: 3600 },
    })
    withRule('when { false }')
    await ask()
    const [other] = await world.database
      .sql`select policy from audit_events where action = 'request.submitted'`
    expect(Object.keys(other?.policy.basis)).toEqual(['catalog', 'policies', 'userGroups'])
  })
})
