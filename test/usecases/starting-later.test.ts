import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { startGrant } from '../../src/usecases/grants/start-grant.ts'
import { endEngagementNow, moveEngagementEnd } from '../../src/usecases/people/manage-engagement.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { withdrawPreApproval } from '../../src/usecases/requests/withdraw-pre-approval.ts'
import { offer, plan, stage } from '../_offer.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

// The clock of the world begins at 2026-11-22 09:00 UTC, which is 09:00 in Lisbon.
const tomorrow = new Date('2026-11-23T10:00:00Z')
const hour = 3600

async function ask(start: { at: Date } | { text: string } = { at: tomorrow }, changes = {}) {
  return world.ask({ start, duration: '2h', ...changes })
}

async function approve(requestId: string, by = 'U0DANA', duration: string | null = null) {
  return decideRequest(world.ports, { by: who(by), requestId, verdict: 'approve', reason: null, duration })
}

async function approved() {
  const request = await ask()
  expect((await approve(request.id)).kind).toBe('recorded')
  await world.processAll()
  return request
}

async function grantOf(requestId: string) {
  return (await world.ports.store.histories.byRequest(requestId))?.grant
}

function advanceTo(at: Date) {
  world.clock.advance((at.getTime() - world.clock.now().getTime()) / 1000)
}

async function problemsOf(start: { at: Date } | { text: string }) {
  const answer = await requestAccess(world.ports, { ...usualAsk(), start })
  return answer.kind === 'invalid' ? answer.problems : answer.kind
}

describe('a lease that starts later', () => {
  it('is planned when it is approved, and given at its start for the whole time', async () => {
    const request = await approved()
    expect(await grantOf(request.id)).toMatchObject({ status: 'scheduled', startsAt: tomorrow })
    expect(world.target.state.grants).toBe(0)
    expect(world.channel.said(request.id)).toContain('requester:scheduled')

    advanceTo(new Date(tomorrow.getTime() - 1000))
    await world.processAll()
    // A worker may have a wrong clock.
    const early = await startGrant(world.ports, { grantId: (await grantOf(request.id))?.id ?? '' })
    expect(early).toMatchObject({ kind: 'retry', at: tomorrow })
    expect(world.target.state.grants).toBe(0)

    advanceTo(tomorrow)
    await world.processAll()
    const endsAt = new Date(tomorrow.getTime() + 2 * hour * 1000)
    expect(await grantOf(request.id)).toMatchObject({
      status: 'active',
      lease: { activatedAt: tomorrow, endsAt },
    })
    advanceTo(endsAt)
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({ status: 'ended' })
  })

  it('is no live access before its start, but upcoming', async () => {
    const request = await approved()
    const listed = async (scope: 'live' | 'scheduled') => {
      const filter = { scope, requesterId: null, resourceIds: null, from: null, to: null }
      const page = await world.ports.store.histories.list(filter, { kind: 'page', page: 1 }, 10)
      return page.rows.map((row) => row.request.id)
    }
    expect([await listed('live'), await listed('scheduled')]).toEqual([[], [request.id]])
    expect(await world.ports.store.liveGrantsAt('orders-db')).toEqual([])
  })

  it('is cancelled by the requester, and the target is never asked', async () => {
    const request = await approved()
    const other = await releaseGrant(world.ports, { by: who('U0GUEST'), requestId: request.id })
    expect(other.kind).toBe('not_yours')
    const cancelled = await Promise.all(
      [1, 2].map(() => releaseGrant(world.ports, { by: who('U0CARL'), requestId: request.id })),
    )
    expect(cancelled.map(({ kind }) => kind).sort()).toEqual(['over', 'releasing'])
    advanceTo(tomorrow)
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'cancelled',
      revocation: { cause: 'released' },
    })
    expect(world.target.state).toMatchObject({ grants: 0, revokes: 0 })
    expect(world.channel.said(request.id)).toContain('requester:ended')
  })

  it('is cancelled by its owners, with their reason', async () => {
    const request = await approved()
    const by = who('U0DANA')
    const answer = await revokeNow(world.ports, { by, requestId: request.id, reason: 'The release moved' })
    expect(answer.kind).toBe('revoking')
    expect(await grantOf(request.id)).toMatchObject({
      status: 'cancelled',
      revocation: { cause: 'revoked', reason: 'The release moved' },
    })
  })

  it('ends as planned when it is approved after its start, also for less', async () => {
    const request = await ask({ at: new Date(world.clock.now().getTime() + hour * 1000) })
    world.clock.advance(1.5 * hour)
    const tooShort = await approve(request.id, 'U0DANA', '20m')
    expect(tooShort).toMatchObject({ kind: 'invalid', problems: [{ field: 'duration' }] })
    expect((await approve(request.id, 'U0DANA', '1h')).kind).toBe('recorded')
    await world.processAll()
    const now = world.clock.now()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'active',
      lease: { activatedAt: now, endsAt: new Date(now.getTime() + 0.5 * hour * 1000) },
    })
  })

  it('expires when nobody decides until its planned end', async () => {
    const request = await ask({ at: new Date(world.clock.now().getTime() + hour * 1000) })
    world.clock.advance(3 * hour)
    expect((await approve(request.id)).kind).toBe('closed')
    expect((await world.ports.store.histories.byRequest(request.id))?.request.status).toBe('expired')
  })

  it('still ends as planned where the target answers late', async () => {
    const request = await approved()
    advanceTo(tomorrow)
    world.target.breakDown(true)
    await world.processAll()
    world.clock.advance(600)
    world.target.mend()
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'active',
      lease: { endsAt: new Date(tomorrow.getTime() + 2 * hour * 1000) },
    })
  })
})

describe('a planned lease of a contractor', () => {
  it('is cancelled when the engagement ends before its start, and keeps its plan when that is extended', async () => {
    const request = await approved()
    const history = await world.ports.store.histories.byRequest(request.id)
    const managed = { by: who('U0PAT'), engagementId: history?.engagement?.id ?? '' }
    expect((await moveEngagementEnd(world.ports, { ...managed, ends: '2027-01-31' })).kind).toBe('done')
    expect((await grantOf(request.id))?.status).toBe('scheduled')
    expect((await moveEngagementEnd(world.ports, { ...managed, ends: '2026-11-22' })).kind).toBe('done')
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'cancelled',
      revocation: { cause: 'offboarded' },
    })
    expect(world.target.state).toMatchObject({ grants: 0, revokes: 0 })
  })

  it('is cancelled by offboarding', async () => {
    const request = await approved()
    const history = await world.ports.store.histories.byRequest(request.id)
    const engagementId = history?.engagement?.id ?? ''
    await endEngagementNow(world.ports, { by: who('U0PAT'), engagementId })
    expect((await grantOf(request.id))?.status).toBe('cancelled')
  })
})

describe('at its start a lease is judged again, and is not given', () => {
  async function startRefused() {
    const request = await approved()
    return async () => {
      advanceTo(tomorrow)
      await world.processAll()
      const grant = await grantOf(request.id)
      expect(world.target.state.grants).toBe(0)
      expect(world.channel.said(request.id)).toEqual(
        expect.arrayContaining(['requester:activation_failed', 'thread:activation_failed']),
      )
      return grant?.status === 'activation_failed' ? grant.failure.code : grant?.status
    }
  }

  it('when policy no longer lets the requester ask', async () => {
    const start = await startRefused()
    const policy = policiesWith(
      '@id("no-more") @reason("Not this week.") forbid (principal, action == Action::"request", resource);',
    )
    Object.assign(world.ports, { policy })
    expect(await start()).toBe('not_permitted')
  })

  it('when the requester was deactivated', async () => {
    const request = await approved()
    world.directory.change('U0CARL', { isDeactivated: true })
    advanceTo(tomorrow)
    await world.processAll()
    expect((await grantOf(request.id))?.status).toBe('activation_failed')
  })

  it('when the catalog asks for more approvals now', async () => {
    const start = await startRefused()
    offer(world, { approvals: plan(stage('owners', [2, 'owners'])) })
    expect(await start()).toBe('not_approved')
  })

  it('when the catalog offers something else under its name', async () => {
    const start = await startRefused()
    offer(world, { risk: 'high' })
    expect(await start()).toBe('not_in_catalog')
  })

  it('and waits while Slack does not say who the requester is, but not beyond its planned end', async () => {
    const request = await approved()
    advanceTo(tomorrow)
    world.directory.state.down = true
    await world.processAll()
    expect((await grantOf(request.id))?.status).toBe('scheduled')
    world.clock.advance(2 * hour)
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({
      status: 'activation_failed',
      failure: { code: 'planned_time_over' },
    })
  })
})

describe('a lease that nobody is asked about', () => {
  it('may start later by rule, and is judged by the rule again', async () => {
    const rule = (what: string) =>
      policiesWith(
        `@id("rule") @reason("A rule.") ${what} (principal, action == Action::"selfServe", resource);`,
      )
    Object.assign(world.ports, { policy: rule('permit') })
    const [kept, lost] = [await ask(), await ask({ at: new Date(tomorrow.getTime() + hour * 1000) })]
    expect([kept.how, (await grantOf(kept.id))?.status]).toEqual(['self_serve', 'scheduled'])
    advanceTo(tomorrow)
    await world.processAll()
    Object.assign(world.ports, { policy: rule('forbid') })
    world.clock.advance(hour)
    await world.processAll()
    expect([(await grantOf(kept.id))?.status, (await grantOf(lost.id))?.status]).toEqual([
      'active',
      'activation_failed',
    ])
  })

  it('may start later by a pre-approval that is good then, until that is withdrawn', async () => {
    const first = await ask()
    const made = await preApprove(world.ports, {
      by: who('U0DANA'),
      requestId: first.id,
      lastDay: '2026-11-24',
      duration: '2h',
      reason: 'The whole release',
    })
    expect(made.kind).toBe('made')
    const [within, beyond] = [await ask(), await ask({ at: new Date(tomorrow.getTime() + 5 * 86_400_000) })]
    expect([within.how, beyond.how]).toEqual(['pre_approval', 'approval'])
    await withdrawPreApproval(world.ports, { by: who('U0DANA'), requestId: first.id })
    advanceTo(tomorrow)
    await world.processAll()
    expect(await grantOf(within.id)).toMatchObject({
      status: 'activation_failed',
      failure: { code: 'not_approved' },
    })
  })
})

describe('a planned start', () => {
  it('is read in the zone of the requester', async () => {
    world.directory.change('U0CARL', { timeZone: 'America/New_York' })
    const request = await ask({ text: 'tomorrow 09:00' })
    expect(request.startsAt).toEqual(new Date('2026-11-23T14:00:00Z'))
    expect((await ask({ text: '2026-11-24 09:00' })).startsAt).toEqual(new Date('2026-11-24T14:00:00Z'))
    expect((await ask({ text: '09:00' })).startsAt).toEqual(new Date('2026-11-22T14:00:00Z'))
    expect((await ask({ text: '2026-11-24T09:00Z' })).startsAt).toEqual(new Date('2026-11-24T09:00:00Z'))
  })

  it('is refused beside its field where it is past, too far ahead or no start', async () => {
    for (const [text, message] of [
      ['08:00', '2026-11-22 08:00 is in the past: it is 2026-11-22 09:00 (Europe/Lisbon).'],
      ['2027-01-10 09:00', 'A start can be planned 14d ahead at the most.'],
      ['next week', '“next week” is not a start. Write tomorrow 09:00'],
      ['tomorrow', '“tomorrow” is not a start.'],
    ] as const)
      expect(await problemsOf({ text })).toEqual([
        { field: 'start', message: expect.stringContaining(message) },
      ])
  })

  it('is refused where the clocks go forward or back', async () => {
    Object.assign(world.ports.catalog.defaults, { longestStartAheadSeconds: 365 * 86_400 })
    world.directory.change('U0CARL', { timeZone: 'Europe/Berlin' })
    expect(await problemsOf({ text: '2027-03-28 02:30' })).toEqual([
      { field: 'start', message: expect.stringContaining('does not exist on 2027-03-28 in Europe/Berlin') },
    ])
    expect(await problemsOf({ text: '2027-10-31 02:30' })).toEqual([
      { field: 'start', message: expect.stringContaining('2027-10-31T00:30Z or 2027-10-31T01:30Z') },
    ])
  })

  it('is not beyond the engagement', async () => {
    await world.database.sql`update engagements set ends_at = ${tomorrow.toISOString()}`
    expect(await problemsOf({ at: tomorrow })).toEqual([
      { field: 'start', message: 'Your engagement ends before that: 2026-11-23 10:00 (Europe/Lisbon).' },
    ])
    const request = await ask({ at: new Date(tomorrow.getTime() - hour * 1000) })
    await approve(request.id)
    advanceTo(new Date(tomorrow.getTime() - hour * 1000))
    await world.processAll()
    expect(await grantOf(request.id)).toMatchObject({ status: 'active', lease: { endsAt: tomorrow } })
  })
})
