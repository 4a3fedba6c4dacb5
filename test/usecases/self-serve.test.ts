import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { adoptCard } from '../../src/usecases/messages/adopt-card.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, usualAsk, type World, who } from '../_world.ts'

const byRule = `@id("low-risk-serves-itself") @reason("Low risk: nobody needs to be asked.")
permit (principal, action == Action::"selfServe", resource) when { resource.risk == "low" };`
const limit = 3

let world: World
beforeEach(async () => {
  world = await openWorld()
  Object.assign(world.ports, { policy: policiesWith(byRule) })
})
afterEach(() => world.close())

const ask = async (userId: PersonId = 'U0CARL') => {
  const answer = await requestAccess(world.ports, {
    ...usualAsk(),
    asker: who(userId),
    submissionKey: randomUUID(),
  })
  if (answer.kind !== 'submitted') throw new Error(JSON.stringify(answer))
  return answer
}
const statusOf = async (userId?: PersonId) => (await ask(userId)).history.request.status
const many = async (count: number, userId?: PersonId) => {
  for (let each = 0; each < count; each += 1) await ask(userId)
}
/** Every message about several leases, as it stands. */
const notices = () =>
  [...world.channel.standing.entries()].filter(([, { purpose }]) => purpose === 'shared_notice')
const textOf = (at = 0) => {
  const message = notices()[at]?.[1]
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
const later = async (seconds: number) => {
  world.clock.advance(seconds)
  await world.processAll()
}

describe('the limit for each person and 24 hours', () => {
  it('is for the person: beyond it the owners are asked, and the requester is told why', async () => {
    await many(limit)
    const { history, reachedLimit } = await ask()
    expect(history.request).toMatchObject({
      status: 'pending',
      how: 'approval',
      policy: { action: 'request' },
    })
    expect(reachedLimit).toBe(limit)
    await world.processAll()
    expect(world.channel.said(history.request.id)).toContain('card')
    expect(await statusOf('U0GUEST')).toBe('approved')
  })

  it('is not doubled by a second account', async () => {
    for (const userId of ['U0CARL', 'U0GUEST'] as const)
      world.directory.change(userId, { confirmedEmail: 'carl@example.com' })
    await many(2, 'U0CARL')
    await many(1, 'U0GUEST')
    expect(await statusOf('U0CARL')).toBe('pending')
    expect(await statusOf('U0GUEST')).toBe('pending')
  })

  it('looks back 24 hours, and not to midnight', async () => {
    await many(limit)
    world.clock.advance(86_400 - 1)
    expect(await statusOf()).toBe('pending')
    world.clock.advance(1)
    expect(await statusOf()).toBe('approved')
  })

  it('holds when many forms are sent at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask()))
    const approved = answers.filter(({ history }) => history.request.status === 'approved')
    expect(approved).toHaveLength(limit)
  })

  it('of an entitlement replaces the default, and 0 asks always', async () => {
    const entitlement = world.ports.catalog.resources.get('orders-db')?.entitlements.get('read-orders')
    if (!entitlement) throw new Error('no such entitlement')
    Object.assign(entitlement, { selfServePerPersonAndDay: 1 })
    expect([await statusOf(), await statusOf()]).toEqual(['approved', 'pending'])
    Object.assign(entitlement, { selfServePerPersonAndDay: 0 })
    expect(await statusOf('U0GUEST')).toBe('pending')
  })

  it('leaves an employee beyond it to the stages that need no sponsor', async () => {
    const entitlement = world.ports.catalog.resources.get('orders-db')?.entitlements.get('read-orders')
    if (!entitlement) throw new Error('no such entitlement')
    const bySponsor = { name: 'Sponsor', needs: [{ count: 1, from: ['sponsor'] }] }
    const { stages } = entitlement.approvals
    const approvals = { ...entitlement.approvals, stages: [bySponsor, ...stages] }
    Object.assign(entitlement, { selfServePerPersonAndDay: 0, approvals })
    expect((await ask('U0ERIN')).history.request.terms.approvals.stages).toEqual(stages)
    expect((await ask('U0CARL')).history.request.terms.approvals.stages).toEqual([bySponsor, ...stages])
  })
})

describe('the owners', () => {
  it('read one message about all leases, and no card for each', async () => {
    const first = await ask()
    await world.processAll()
    await many(1, 'U0GUEST')
    await later(10)
    expect(notices()).toHaveLength(1)
    expect(world.channel.said(first.history.request.id)).not.toContain('card')
    expect(world.channel.said(first.history.request.id)).not.toContain('thread:active')
    expect(textOf()).toContain('2 leases, 2 open now')
    expect(textOf()).toContain('<@U0CARL>')
    expect(textOf()).toContain('<@U0GUEST>')
    expect(textOf()).toContain('approved by a rule')
  })

  it('revoke one of them from that message, which then shows it', async () => {
    const { history } = await ask()
    await many(1, 'U0GUEST')
    await later(10)
    const [[ts]] = notices() as [[string, unknown]]
    const at = { channelId: 'C0ORDERS', ts }
    const { id: requestId } = history.request
    expect(await adoptCard(world.ports, { requestId, at })).toBe('known')
    const elsewhere = { channelId: 'C0ORDERS', ts: '999.000100' }
    await revokeNow(world.ports, { by: who('U0DANA'), requestId, reason: 'Not today.' })
    await later(10)
    expect(textOf()).toContain('2 leases, 1 open now')
    expect(textOf().match(/daypass\.revoke"/g)).toHaveLength(1)
    expect(await adoptCard(world.ports, { requestId, at: { ...elsewhere, channelId: 'C0OTHER' } })).toBe(
      'foreign',
    )
  })

  it('read what ended, without an edit for each change', async () => {
    for (const userId of ['U0CARL', 'U0GUEST', 'U0ERIN'] as const) await ask(userId)
    await later(10)
    const { edits } = world.channel.state
    const before = edits
    world.clock.advance(3600)
    await world.processAll()
    await later(10)
    expect(textOf()).toContain('3 leases, 0 open now')
    const ofNotice = world.channel.state.edits - before
    expect(ofNotice).toBeLessThan(3 * 4)
  })

  it('get another message after 20 leases, and after 24 hours', async () => {
    const entitlement = world.ports.catalog.resources.get('orders-db')?.entitlements.get('read-orders')
    Object.assign(entitlement ?? {}, { selfServePerPersonAndDay: 1000 })
    await many(20)
    await later(10)
    expect(notices()).toHaveLength(1)
    await ask('U0GUEST')
    await later(10)
    expect(notices()).toHaveLength(2)
    expect(textOf(1)).toContain('1 lease, 1 open now')
    world.clock.advance(86_400)
    await ask('U0ERIN')
    await later(10)
    expect(notices()).toHaveLength(3)
  })

  it('get a card when access may still be open', async () => {
    const { history } = await ask()
    await later(10)
    world.target.breakDown(false)
    world.clock.advance(3600)
    await world.processAll()
    await later(10)
    expect(world.channel.said(history.request.id)).toEqual(
      expect.arrayContaining(['card', 'thread:revocation_failed', 'security:revocation_failed']),
    )
  })
})
