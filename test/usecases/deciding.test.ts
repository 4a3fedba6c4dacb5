import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DirectoryUnavailable } from '../../src/domain/directory.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const approve = (requestId: string, userId: string) =>
  decideRequest(world.ports, { by: who(userId), requestId, verdict: 'approve', reason: null })
const deny = (requestId: string, userId: string, reason: string | null) =>
  decideRequest(world.ports, { by: who(userId), requestId, verdict: 'deny', reason })
const twoNeeded = () => world.ask({ entitlementId: 'fix-orders' })
const events = async (requestId: string) => {
  const history = await world.ports.store.histories.byRequest(requestId)
  const audited = history && (await world.ports.store.histories.byReference(history.request.reference))
  return audited?.events.map(({ action }) => action) ?? []
}

describe('I2: no approval, no access', () => {
  it('one approver of one needed approves', async () => {
    const request = await world.ask()
    const answer = await approve(request.id, 'U0DANA')
    expect(answer).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'approved' }, grant: { status: 'activating' } },
    })
  })

  it('two are needed: the second distinct person completes it', async () => {
    const request = await twoNeeded()
    expect(await approve(request.id, 'U0DANA')).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'pending' } },
    })
    expect(await approve(request.id, 'U0DANA')).toMatchObject({
      kind: 'repeated',
      history: { request: { status: 'pending' } },
    })
    expect(await approve(request.id, 'U0ERIN')).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'approved' } },
    })
  })

  it('two accounts of one person count once', async () => {
    const request = await twoNeeded()
    for (const account of ['U0ERIN', 'U0FRED'] as const) {
      world.directory.change(account, { confirmedEmail: 'same@example.com' })
    }
    await approve(request.id, 'U0ERIN')
    expect(await approve(request.id, 'U0FRED')).toMatchObject({
      kind: 'repeated',
      history: { request: { status: 'pending' } },
    })
  })

  it('the requester cannot approve, nor a second account of the requester', async () => {
    const request = await world.ask({ asker: who('U0DANA') })
    expect(await approve(request.id, 'U0DANA')).toMatchObject({
      kind: 'refused',
      policy: { outcome: 'forbidden' },
    })
    for (const account of ['U0DANA', 'U0ERIN'] as const) {
      world.directory.change(account, { confirmedEmail: 'dana@example.com' })
    }
    expect(await approve(request.id, 'U0ERIN')).toMatchObject({
      kind: 'refused',
      policy: { outcome: 'forbidden' },
    })
    expect(await events(request.id)).toEqual(['request.submitted', 'decision.refused', 'decision.refused'])
  })

  it.each(['U0LEAD', 'U0GUEST', 'U0BOT', 'U0GONE', 'U0STRANGER'])(
    '%s may not approve, and that is recorded',
    async (userId) => {
      const request = await world.ask()
      expect(await approve(request.id, userId)).toMatchObject({ kind: 'refused', policy: { allowed: false } })
      expect(await events(request.id)).toContain('decision.refused')
    },
  )

  it.each([
    ['deactivated', { isDeactivated: true }],
    ['made a guest', { isGuest: true }],
    ['taken to another organisation', { isStranger: true }],
  ])('an approver %s since then cannot approve', async (_, change) => {
    const request = await world.ask()
    world.directory.change('U0DANA' as PersonId, change)
    expect(await approve(request.id, 'U0DANA')).toMatchObject({ kind: 'refused' })
  })

  it('a requester deactivated since cannot be let in, but can be denied', async () => {
    const request = await world.ask({ asker: who('U0GUEST') })
    world.directory.change('U0GUEST', { isDeactivated: true })
    expect(await approve(request.id, 'U0DANA')).toMatchObject({
      kind: 'refused',
      policy: { action: 'request', sentence: expect.stringContaining('may no longer ask') },
    })
    expect(await deny(request.id, 'U0DANA', 'left the company')).toMatchObject({ kind: 'recorded' })
  })

  it('somebody who left the approving group cannot approve', async () => {
    const request = await world.ask()
    world.directory.groups.set('S0DBAS', new Set(['U0FRED']))
    expect(await approve(request.id, 'U0ERIN')).toMatchObject({
      kind: 'refused',
      policy: { outcome: 'no_rule' },
    })
  })

  it('an approver is refused when Slack does not answer', async () => {
    const request = await world.ask()
    world.directory.state.down = true
    await expect(approve(request.id, 'U0DANA')).rejects.toBeInstanceOf(DirectoryUnavailable)
    expect(await events(request.id)).toEqual(['request.submitted'])
  })
})

describe('denying', () => {
  it('one denial is enough, and needs a reason', async () => {
    const request = await twoNeeded()
    expect(await deny(request.id, 'U0DANA', '  \u200b ')).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'reason' }],
    })
    const answer = await deny(request.id, 'U0DANA', 'Use the read replica')
    expect(answer).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'denied' }, grant: null },
    })
    await world.processAll()
    expect(world.channel.said(request.id)).toEqual(expect.arrayContaining(['card', 'requester:closed']))
  })
})

describe('I4: repeated and simultaneous clicks count once', () => {
  it('ten clicks of one person and two people at the same moment: one decision each, one grant', async () => {
    const request = await world.ask()
    const clicks = [...Array(10).fill('U0DANA'), ...Array(10).fill('U0ERIN')] as string[]
    const answers = await Promise.all(clicks.map((userId) => approve(request.id, userId)))
    expect(answers.filter(({ kind }) => kind === 'recorded')).toHaveLength(1)
    const history = await world.ports.store.histories.byRequest(request.id)
    expect(history?.decisions).toHaveLength(1)
    await world.processAll()
    expect(world.target.held.has(history?.grant?.id ?? '')).toBe(true)
    expect((await events(request.id)).filter((action) => action === 'request.approved')).toHaveLength(1)
  })

  it('approve, deny and cancel at once: exactly one wins, and the others read the true state', async () => {
    for (let round = 0; round < 8; round++) {
      const request = await world.ask()
      const answers = await Promise.all([
        approve(request.id, 'U0DANA'),
        deny(request.id, 'U0ERIN', 'no need'),
        cancelRequest(world.ports, { by: who('U0CARL'), requestId: request.id }),
      ])
      const won = answers.filter(({ kind }) => kind === 'recorded' || kind === 'cancelled')
      expect(won).toHaveLength(1)
      const history = await world.ports.store.histories.byRequest(request.id)
      expect(history?.request.status).not.toBe('pending')
      expect(history?.grant !== null).toBe(history?.request.status === 'approved')
      const ends = (await events(request.id)).filter((action) =>
        /request\.(approved|denied|cancelled)/.test(action),
      )
      expect(ends).toHaveLength(1)
      world.clock.advance(3600)
    }
  })

  it('the same submission delivered twice at once is one request', async () => {
    const submissionKey = 'trigger-1'
    const [first, second] = await Promise.all([world.ask({ submissionKey }), world.ask({ submissionKey })])
    expect(second.reference).toBe(first.reference)
  })
})

describe('time', () => {
  it('an approval after the request’s time finds it expired, even before the delayed job', async () => {
    const request = await world.ask()
    world.clock.advance(8 * 3600)
    expect(await approve(request.id, 'U0DANA')).toMatchObject({
      kind: 'closed',
      history: { request: { status: 'expired' } },
    })
  })

  it('without a decision: approvers are reminded, then the request expires and the requester is informed', async () => {
    const request = await world.ask()
    await world.processAll()
    world.clock.advance(900)
    await world.processAll()
    expect(world.channel.said(request.id)).toContain('thread:reminder')
    world.clock.advance(8 * 3600)
    await world.processAll()
    expect(world.channel.latest(request.id, 'requester:closed')).toMatchObject({
      history: { request: { status: 'expired' } },
    })
  })
})
