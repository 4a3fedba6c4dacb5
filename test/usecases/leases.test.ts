import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import type { PolicyEngine } from '../../src/domain/policy.ts'
import { activateGrant } from '../../src/usecases/grants/activate-grant.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

async function approved(changes: Parameters<World['ask']>[0] = {}) {
  const request = await world.ask(changes)
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  return request
}
async function active(changes: Parameters<World['ask']>[0] = {}) {
  const request = await approved(changes)
  await world.processAll()
  return request
}
const grantOf = async (requestId: string) => {
  const grant = (await world.ports.store.histories.byRequest(requestId))?.grant
  if (!grant) throw new Error('no grant')
  return grant
}
const lastEvents = async (requestId: string, count: number) => {
  const history = await world.ports.store.histories.byRequest(requestId)
  const audited = await world.ports.store.histories.byReference(history?.request.reference ?? '')
  return audited?.events.slice(-count).map(({ action }) => action)
}

describe('I1: nothing outlives its lease', () => {
  it('the lease starts when access is active, not when it was asked for', async () => {
    const request = await approved()
    world.clock.advance(600)
    await world.processAll()
    const grant = await grantOf(request.id)
    expect(grant).toMatchObject({ status: 'active', lease: { activatedAt: world.clock.now() } })
    expect(world.target.held.get(grant.id)?.until).toEqual(new Date(world.clock.now().getTime() + 3600_000))
  })

  it('the lease ends: a notice before, access removed, absence read back, the holder informed', async () => {
    const request = await active()
    const { id } = await grantOf(request.id)
    world.clock.advance(45 * 60)
    await world.processAll()
    expect(world.channel.said(request.id)).toContain('requester:expiry_notice')
    expect(await grantOf(request.id)).toMatchObject({ status: 'active' })
    world.clock.advance(15 * 60)
    await world.processAll()
    expect(world.target.held.has(id)).toBe(false)
    expect(await grantOf(request.id)).toMatchObject({
      status: 'ended',
      revocation: { cause: 'lease_ended' },
      removed: { summary: 'seen gone' },
    })
    expect(await lastEvents(request.id, 2)).toEqual(['grant.revoking', 'grant.ended'])
    expect(world.channel.said(request.id)).toEqual(
      expect.arrayContaining(['requester:ended', 'thread:ended']),
    )
  })

  it('the target cannot be reached: the grant is `revocation_failed`, people are informed, and the revocation is retried until it succeeds', async () => {
    const request = await active()
    const { id } = await grantOf(request.id)
    world.clock.advance(3600)
    world.target.breakDown(true)
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'revocation_failed',
      failure: { code: 'unreachable' },
    })
    expect(world.channel.said(request.id)).toEqual(
      expect.arrayContaining(['security:revocation_failed', 'thread:revocation_failed']),
    )
    for (let i = 0; i < 20; i++) {
      world.clock.advance(61)
      await world.processAll()
    }
    expect(world.target.held.has(id)).toBe(true)
    expect(await grantOf(request.id)).toMatchObject({ status: 'revocation_failed', attempts: 21 })
    world.target.mend()
    world.clock.advance(61)
    await world.processAll()
    expect(world.target.held.has(id)).toBe(false)
    expect(await grantOf(request.id)).toMatchObject({ status: 'ended' })
    expect(world.channel.latest(request.id, 'security:revocation_failed')?.history.grant?.status).toBe(
      'ended',
    )
  })

  it('a guest’s lease never outlives the guest’s account', async () => {
    const guestExpiresAt = new Date(world.clock.now().getTime() + 600_000)
    world.directory.change('U0GUEST', { guestExpiresAt })
    const request = await active({ asker: who('U0GUEST') })
    expect(await grantOf(request.id)).toMatchObject({ lease: { endsAt: guestExpiresAt } })
  })

  it('overlapping grants of one entitlement to one person do not end each other', async () => {
    const first = await active({ duration: '1h' })
    world.clock.advance(1800)
    const second = await active({ duration: '1h' })
    world.clock.advance(1800)
    await world.processAll()
    expect(await grantOf(first.id)).toMatchObject({ status: 'ended' })
    expect(world.target.held.has((await grantOf(second.id)).id)).toBe(true)
  })
})

describe('taking it back early', () => {
  it('only the holder may release the grant, and the access is removed', async () => {
    const request = await active()
    expect(await releaseGrant(world.ports, { by: who('U0DANA'), requestId: request.id })).toEqual({
      kind: 'not_yours',
    })
    expect(await releaseGrant(world.ports, { by: who('U0CARL'), requestId: request.id })).toMatchObject({
      kind: 'releasing',
    })
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({ status: 'revoked', revocation: { cause: 'released' } })
    expect(await releaseGrant(world.ports, { by: who('U0CARL'), requestId: request.id })).toMatchObject({
      kind: 'over',
    })
  })

  it('security and the owners may revoke, with a reason; others may not, and that is recorded', async () => {
    const request = await active()
    const by = (userId: string, reason: string) =>
      revokeNow(world.ports, { by: who(userId), requestId: request.id, reason })
    expect(await by('U0GUEST', 'because')).toMatchObject({ kind: 'refused' })
    expect(await by('U0LEAD', ' ')).toMatchObject({ kind: 'invalid' })
    expect(await by('U0LEAD', 'incident')).toMatchObject({
      kind: 'revoking',
      history: { revoker: { userId: 'U0LEAD' } },
    })
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'revoked',
      revocation: { cause: 'revoked', reason: 'incident' },
    })
    expect(await by('U0DANA', 'again')).toMatchObject({ kind: 'over' })
  })

  it('a revocation asks the policies once', async () => {
    const request = await active()
    let judged = 0
    const policy: PolicyEngine = {
      ...world.ports.policy,
      judge: (question) => {
        judged += 1
        return world.ports.policy.judge(question)
      },
    }
    const ports = { ...world.ports, policy }
    const answer = await revokeNow(ports, { by: who('U0LEAD'), requestId: request.id, reason: 'incident' })
    expect(answer).toMatchObject({ kind: 'revoking' })
    expect(judged).toBe(1)
  })

  it('a deactivated account: pending requests are cancelled and grants revoked, and a repetition changes nothing', async () => {
    const pending = await world.ask({ asker: who('U0FRED') })
    const held = await active({ asker: who('U0FRED') })
    const results = await Promise.all([1, 2, 3].map(() => offboardAccount(world.ports, who('U0FRED'))))
    expect(results.reduce((sum, { revoking }) => sum + revoking, 0)).toBe(1)
    await world.processAll()
    expect(await grantOf(held.id)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
    expect((await world.ports.store.histories.byRequest(pending.id))?.request.status).toBe('cancelled')
  })
})

describe('activation', () => {
  it('I7: no message says that access is open before the read-back', async () => {
    const request = await approved()
    world.target.breakDown(true)
    await world.processAll()
    expect(world.channel.said(request.id)).not.toContain('requester:active')
    world.target.mend()
    world.clock.advance(60)
    await world.processAll()
    expect(world.channel.said(request.id)).toContain('requester:active')
  })

  it('a refusal of the target fails the activation at once, and nothing is left there', async () => {
    const request = await approved()
    world.target.breakDown(false)
    const grant = await grantOf(request.id)
    world.target.connector.revoke = async () => ({
      readAt: world.clock.now(),
      summary: 'seen gone',
      facts: {},
    })
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      id: grant.id,
      status: 'activation_failed',
      failure: { code: 'misconfigured' },
    })
    expect(world.channel.said(request.id)).toEqual(expect.arrayContaining(['requester:activation_failed']))
  })
})

it('revoked during its activation: access that appears afterwards is removed again', async () => {
  const request = await world.ask()
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  const grant = (await world.ports.store.histories.byRequest(request.id))?.grant
  world.target.state.beforeGrantEnds = async () => {
    await offboardAccount(world.ports, who('U0CARL'))
  }
  await activateGrant(world.ports, { grantId: grant?.id ?? '' })
  await world.processAll()
  expect(world.target.held.size).toBe(0)
  expect((await world.ports.store.histories.byRequest(request.id))?.grant).toMatchObject({
    status: 'revoked',
    lease: null,
  })
  expect(world.channel.said(request.id)).not.toContain('requester:active')
})

describe('credentials', () => {
  it('a revocation while credentials are made: the answer does not say that the access is open', async () => {
    const request = await active()
    const { connector } = world.target
    connector.issueCredentials = async () => {
      await releaseGrant(world.ports, { by: who('U0CARL'), requestId: request.id })
      throw new ConnectorError('not_granted', 'Its lease has ended.', { retryable: false })
    }
    const shown = { by: who('U0CARL'), requestId: request.id, interactionKey: 'k0' }
    expect(await issueCredentials(world.ports, shown)).toMatchObject({
      kind: 'over',
      history: { grant: { status: 'revoking' } },
    })
  })

  it('only the holder, only while it is active, each click once', async () => {
    const request = await active()
    const show = (userId: string, interactionKey: string) =>
      issueCredentials(world.ports, { by: who(userId), requestId: request.id, interactionKey })
    expect(await show('U0DANA', 'k1')).toEqual({ kind: 'not_yours' })
    expect(await show('U0CARL', 'k2')).toMatchObject({ kind: 'issued' })
    expect(await show('U0CARL', 'k2')).toEqual({ kind: 'repeated' })
    expect(await lastEvents(request.id, 1)).toEqual(['grant.credentials_issued'])
    world.clock.advance(3600)
    expect(await show('U0CARL', 'k3')).toMatchObject({ kind: 'over' })
  })

  it('access of the person’s own user has nothing to show', async () => {
    const request = await active()
    world.target.connector.issueCredentials = async () => null
    const shown = { by: who('U0CARL'), requestId: request.id, interactionKey: 'k0' }
    expect(await issueCredentials(world.ports, shown)).toMatchObject({ kind: 'nothing_to_show' })
    expect(await lastEvents(request.id, 1)).not.toEqual(['grant.credentials_issued'])
  })
})
