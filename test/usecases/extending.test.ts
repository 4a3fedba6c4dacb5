import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Entitlement } from '../../src/domain/catalog.ts'
import { ConnectorError } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { ActiveGrant } from '../../src/domain/grant.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import { extendGrant } from '../../src/usecases/grants/extend-grant.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeGrants } from '../../src/usecases/grants/revoke-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { type ExtensionAsk, extendLease, mayExtend } from '../../src/usecases/requests/extend-lease.ts'
import { mayPreApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const approve = (requestId: string, by = 'U0DANA', duration: string | null = null) =>
  decideRequest(world.ports, { by: who(by), requestId, verdict: 'approve', reason: null, duration })
/** Carl has a lease of one hour. */
async function active(changes: Parameters<World['ask']>[0] = {}) {
  const request = await world.ask(changes)
  await approve(request.id)
  await world.processAll()
  return request
}
const askMore = (requestId: string, changes: Partial<ExtensionAsk> = {}) =>
  extendLease(world.ports, {
    by: who('U0CARL'),
    requestId,
    duration: '30m',
    justification: 'INC-42 takes longer than I thought',
    ticket: null,
    submissionKey: randomUUID(),
    ...changes,
  })
async function asked(requestId: string, changes: Partial<ExtensionAsk> = {}) {
  const answer = await askMore(requestId, changes)
  if (answer.kind !== 'submitted') throw new Error(`not submitted: ${JSON.stringify(answer)}`)
  return answer.history.request
}
const historyOf = async (requestId: string): Promise<RequestHistory> => {
  const history = await world.ports.store.histories.byRequest(requestId)
  if (!history) throw new Error('no history')
  return history
}
const leaseOf = async (requestId: string): Promise<ActiveGrant> => {
  const { grant } = await historyOf(requestId)
  if (grant?.status !== 'active') throw new Error(`the grant is ${grant?.status}`)
  return grant
}
const minutesFrom = (date: Date, minutes: number) => new Date(date.getTime() + minutes * 60_000)
const events = async (requestId: string) => {
  const { request } = await historyOf(requestId)
  const audited = await world.ports.store.histories.byReference(request.reference)
  return audited?.events.map(({ action }) => action) ?? []
}

describe('an extension', () => {
  it('moves the end on record and at the target, counted from the old end', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    world.clock.advance(1200)
    const more = await asked(lease.id)
    expect(more).toMatchObject({ status: 'pending', durationSeconds: 1800, asksFor: { kind: 'extension' } })
    expect((await leaseOf(lease.id)).lease).toEqual(before.lease)
    await approve(more.id)
    await world.processAll()
    const after = await leaseOf(lease.id)
    const endsAt = minutesFrom(before.lease.endsAt, 30)
    expect(after).toMatchObject({ generation: 2, lease: { activatedAt: before.lease.activatedAt, endsAt } })
    expect(world.target.held.get(after.id)?.until).toEqual(endsAt)
    expect((await historyOf(more.id)).extends?.outcome).toMatchObject({ endsAt, failure: null })
    expect((await historyOf(more.id)).grant).toBeNull()
    expect((await historyOf(lease.id)).extensions).toMatchObject([{ request: { id: more.id } }])
    expect(await events(lease.id)).toContain('grant.lease_extended')
  })

  it('counts from the old end however late it is approved, and the former end does nothing then', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const more = await asked(lease.id)
    world.clock.advance(59 * 60)
    await approve(more.id)
    await world.processAll()
    world.clock.advance(60)
    await world.processAll()
    expect((await leaseOf(lease.id)).lease.endsAt).toEqual(minutesFrom(before.lease.endsAt, 30))
    expect(world.target.held.size).toBe(1)
    world.clock.advance(30 * 60)
    await world.processAll()
    expect((await historyOf(lease.id)).grant?.status).toBe('ended')
    expect(world.target.held.size).toBe(0)
  })

  it('is told before the new end by a message of its own, not by an edit of the one before the old end', async () => {
    const lease = await active()
    world.clock.advance(46 * 60)
    await world.processAll()
    const notices = () =>
      world.channel.said(lease.id).filter((one) => one === 'requester:expiry_notice').length
    expect(notices()).toBe(1)
    await approve((await asked(lease.id)).id)
    await world.processAll()
    expect(notices()).toBe(1)
    world.clock.advance(30 * 60)
    await world.processAll()
    expect(notices()).toBe(2)
  })

  it('tells holder and owners, and shows on the card of the lease', async () => {
    const lease = await active()
    const more = await asked(lease.id)
    await world.processAll()
    expect(world.channel.said(more.id)).toEqual(expect.arrayContaining(['card', 'requester:submitted']))
    const edited = world.channel.state.edits
    await approve(more.id)
    await world.processAll()
    expect(world.channel.said(more.id)).toEqual(
      expect.arrayContaining(['thread:extension', 'requester:extension']),
    )
    expect(world.channel.state.edits).toBeGreaterThan(edited)
    const card = world.channel.latest(lease.id, 'card')
    expect(card?.history.extensions[0]?.outcome?.failure).toBeNull()
    const shown = world.channel.latest(lease.id, 'requester:active')?.history.grant
    expect(shown).toMatchObject({ lease: { endsAt: (await leaseOf(lease.id)).lease.endsAt } })
  })

  it('needs its own approvals by the same plan, and an approver may give less', async () => {
    const request = await world.ask({ entitlementId: 'fix-orders', duration: '20m' })
    for (const by of ['U0DANA', 'U0ERIN']) await approve(request.id, by)
    await world.processAll()
    const before = await leaseOf(request.id)
    const more = await asked(request.id, { duration: '20m' })
    expect(await approve(more.id, 'U0CARL')).toMatchObject({ kind: 'refused' })
    await approve(more.id, 'U0DANA', '10m')
    await world.processAll()
    expect((await leaseOf(request.id)).lease).toEqual(before.lease)
    await approve(more.id, 'U0ERIN')
    await world.processAll()
    expect((await leaseOf(request.id)).lease.endsAt).toEqual(minutesFrom(before.lease.endsAt, 10))
  })

  it('can be denied, cancelled and can expire: the lease ends as before', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const denied = await asked(lease.id)
    const deny = {
      by: who('U0DANA'),
      requestId: denied.id,
      verdict: 'deny',
      reason: 'Enough for today',
    } as const
    expect(await decideRequest(world.ports, deny)).toMatchObject({ kind: 'recorded' })
    const cancelled = await asked(lease.id)
    await cancelRequest(world.ports, { by: who('U0CARL'), requestId: cancelled.id })
    const expired = await asked(lease.id)
    expect(expired.expiresAt).toEqual(before.lease.endsAt)
    world.clock.advance(3600)
    await world.processAll()
    expect((await historyOf(expired.id)).request.status).toBe('expired')
    expect((await historyOf(lease.id)).grant?.status).toBe('ended')
    expect(await approve(expired.id)).toMatchObject({ kind: 'closed' })
  })

  it('sent twice by one interaction is one request', async () => {
    const lease = await active()
    const submissionKey = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(() => askMore(lease.id, { submissionKey })))
    expect(answers.map(({ kind }) => kind)).toEqual(['submitted', 'submitted', 'submitted'])
    expect((await historyOf(lease.id)).extensions).toHaveLength(1)
  })

  it('is one at a time: asked ten times at once, one waits', async () => {
    const lease = await active()
    const answers = await Promise.all(Array.from({ length: 10 }, () => askMore(lease.id)))
    expect(answers.filter(({ kind }) => kind === 'submitted')).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'under_way')).toHaveLength(9)
  })
})

describe('the whole lease', () => {
  it('is never longer than the longest time, beside the field of the duration', async () => {
    const request = await world.ask({ entitlementId: 'fix-orders', duration: '40m' })
    for (const by of ['U0DANA', 'U0ERIN']) await approve(request.id, by)
    await world.processAll()
    expect(await askMore(request.id, { duration: '21m' })).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'duration', message: expect.stringContaining('go on for 20m more') }],
    })
    const may = await mayExtend(world.ports, { by: who('U0CARL'), requestId: request.id })
    expect(may).toMatchObject({ kind: 'may', longest: { seconds: 1200 } })
    const more = await asked(request.id, { duration: null })
    expect(more.durationSeconds).toBe(1200)
    for (const by of ['U0DANA', 'U0ERIN']) await approve(more.id, by)
    await world.processAll()
    expect(await askMore(request.id, { duration: '1m' })).toMatchObject({
      kind: 'invalid',
      problems: [{ message: expect.stringContaining('lasts as long already') }],
    })
    expect(await askMore(request.id, { duration: null })).toMatchObject({ kind: 'invalid' })
  })

  it('is judged by the policies, and may be refused for its length alone', async () => {
    Object.assign(world.ports, {
      policy: policiesWith(`@id("two-hours") @reason("Two hours are enough.")
        forbid (principal, action == Action::"request", resource) when { context.durationSeconds > 5400 };`),
    })
    const lease = await active()
    expect(await askMore(lease.id, { duration: '31m' })).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('Two hours are enough') },
    })
    const more = await asked(lease.id, { duration: '30m' })
    expect(await approve(more.id)).toMatchObject({ kind: 'recorded' })
  })

  it('does not count itself where a policy limits the leases of a person', async () => {
    Object.assign(world.ports, {
      policy: policiesWith(`@id("one-lease") @reason("One lease at a time.")
        forbid (principal, action == Action::"request", resource)
        when { context has activeLeases && context.activeLeases >= 1 };`),
    })
    const lease = await active()
    expect(await requestAccess(world.ports, usualAsk())).toMatchObject({ kind: 'refused' })
    await approve((await asked(lease.id)).id)
    await world.processAll()
    expect(await leaseOf(lease.id)).toMatchObject({ generation: 2 })
  })

  it('never goes beyond the guest account: asked for, or shortened before it is carried out', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const guestExpiresAt = minutesFrom(before.lease.endsAt, 10)
    world.directory.change('U0CARL', { guestExpiresAt })
    expect(await askMore(lease.id)).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'duration', message: expect.stringContaining('10m more at the most') }],
    })
    await approve((await asked(lease.id, { duration: '10m' })).id)
    await world.processAll()
    expect((await leaseOf(lease.id)).lease.endsAt).toEqual(guestExpiresAt)
    expect(await askMore(lease.id, { duration: '1m' })).toMatchObject({
      problems: [{ message: expect.stringContaining('ends with your guest account') }],
    })
  })
})

describe('no extension', () => {
  it('of another person’s lease, which is recorded', async () => {
    const lease = await active()
    expect(await askMore(lease.id, { by: who('U0GUEST') })).toEqual({ kind: 'not_yours' })
    expect(await events(lease.id)).toContain('grant.extension_refused')
  })

  it('of a lease that is being set up, that ended, or that was given back', async () => {
    const early = await world.ask()
    expect(await askMore(early.id)).toMatchObject({ kind: 'over' })
    const lease = await active()
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId: lease.id })
    expect(await askMore(lease.id)).toMatchObject({ kind: 'over' })
    const late = await active()
    world.clock.advance(3600)
    expect(await askMore(late.id)).toMatchObject({ kind: 'over' })
  })

  it('of access that was taken by break-glass', async () => {
    Object.assign(world.ports, {
      policy: policiesWith(`@id("may-break-glass") @reason("On call.")
        permit (principal, action == Action::"breakGlass", resource);`),
    })
    const taken = await breakGlass(world.ports, {
      ...usualAsk(),
      asker: who('U0FRED'),
      entitlementId: 'fix-orders',
      duration: '20m',
      confirmed: true,
    })
    if (taken.kind !== 'taken') throw new Error(taken.kind)
    await world.processAll()
    const { request } = taken.history
    expect(await askMore(request.id, { by: who('U0FRED') })).toMatchObject({ kind: 'break_glass' })
    expect(await events(request.id)).toContain('grant.extension_refused')
  })

  it('of what the catalog gives no longer like this', async () => {
    const lease = await active()
    const more = await asked(lease.id)
    change({ content: contentFromJson({ privileges: ['more'] }) })
    expect(await approve(more.id)).toMatchObject({ kind: 'refused' })
    await cancelRequest(world.ports, { by: who('U0CARL'), requestId: more.id })
    expect(await askMore(lease.id)).toMatchObject({ kind: 'no_longer_offered' })
  })

  it('where the catalog changed after the approval: the lease ends as before', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const more = await asked(lease.id)
    await approve(more.id)
    change({ maxDurationSeconds: 3600 })
    await world.processAll()
    expect(await leaseOf(lease.id)).toMatchObject({ lease: before.lease, generation: 1 })
    expect((await historyOf(more.id)).extends?.outcome?.failure).toContain('The catalog has changed')
    expect(world.target.held.get(before.id)?.until).toEqual(before.lease.endsAt)
  })

  it('in advance: a card of an extension makes no pre-approval', async () => {
    const lease = await active()
    const more = await asked(lease.id)
    expect(await mayPreApprove(world.ports, { by: who('U0DANA'), requestId: more.id })).toMatchObject({
      kind: 'extension',
    })
  })
})

describe('an extension by rule', () => {
  it('asks nobody while the limit of its person allows it, and the owners beyond that', async () => {
    Object.assign(world.ports, {
      policy: policiesWith(`@id("low-risk") @reason("Low risk.")
        permit (principal, action == Action::"selfServe", resource)
        when { resource.risk == "low" && context.durationSeconds <= 7200 };`),
    })
    const request = await world.ask()
    await world.processAll()
    const before = await leaseOf(request.id)
    const more = await asked(request.id)
    expect(more).toMatchObject({ status: 'approved', how: 'self_serve' })
    await world.processAll()
    expect((await leaseOf(request.id)).lease.endsAt).toEqual(minutesFrom(before.lease.endsAt, 30))
    expect(world.channel.said(more.id)).toEqual(['requester:extension'])
    // The whole lease would be longer than the rule allows.
    const longer = await asked(request.id, { duration: '31m' })
    expect(longer).toMatchObject({ status: 'pending', how: 'approval' })
    await cancelRequest(world.ports, { by: who('U0CARL'), requestId: longer.id })
    await asked(request.id, { duration: '10m' })
    await world.processAll()
    const beyond = await askMore(request.id, { duration: '10m' })
    expect(beyond).toMatchObject({
      kind: 'submitted',
      reachedLimit: 3,
      history: { request: { how: 'approval' } },
    })
  })
})

describe('the early end of the lease', () => {
  it.each(['released', 'revoked', 'offboarded'] as const)('%s cancels a pending extension', async (how) => {
    const lease = await active()
    const more = await asked(lease.id)
    if (how === 'released') await releaseGrant(world.ports, { by: who('U0CARL'), requestId: lease.id })
    if (how === 'revoked')
      await revokeNow(world.ports, { by: who('U0DANA'), requestId: lease.id, reason: 'Enough' })
    if (how === 'offboarded') await offboardAccount(world.ports, who('U0CARL'))
    expect((await historyOf(more.id)).request.status).toBe('cancelled')
    expect(await approve(more.id).catch(() => null)).not.toMatchObject({ kind: 'recorded' })
    await world.processAll()
    expect(world.target.held.size).toBe(0)
  })

  it('while the target is asked for the new end: the access is removed once more', async () => {
    const lease = await active()
    const more = await asked(lease.id)
    await approve(more.id)
    world.target.state.beforeGrantEnds = async () => {
      world.target.state.beforeGrantEnds = async () => {}
      await revokeNow(world.ports, { by: who('U0DANA'), requestId: lease.id, reason: 'Enough' })
      const history = await historyOf(lease.id)
      const grant = history.grant
      if (!grant) throw new Error('no grant')
      const [outcome] = revokeGrants(world.ports, [{ grantId: grant.id, generation: grant.generation }])
      await outcome
      expect((await historyOf(lease.id)).grant?.status).toBe('revoked')
    }
    await world.processAll()
    expect((await historyOf(lease.id)).grant?.status).toBe('revoked')
    expect(world.target.held.size).toBe(0)
    expect((await historyOf(more.id)).extends?.outcome?.failure).toContain('ended meanwhile')
    expect(await events(lease.id)).toContain('grant.extension_failed')
  })

  it('after the target has the new end, and the process died before it was recorded', async () => {
    const lease = await active()
    const more = await asked(lease.id)
    await approve(more.id)
    const grant = await leaseOf(lease.id)
    const { connector } = world.target
    // What the dead process did.
    await connector.grant({ ...orderLike(grant), until: minutesFrom(grant.lease.endsAt, 30) })
    const [entry] = await world.take(['extend_grant'])
    expect(entry).toBeDefined()
    await revokeNow(world.ports, { by: who('U0DANA'), requestId: lease.id, reason: 'Enough' })
    await world.processAll()
    expect(world.target.held.size).toBe(0)
    // And once more after the revocation, as late as a process can be.
    await connector.grant({ ...orderLike(grant), until: minutesFrom(grant.lease.endsAt, 30) })
    world.clock.advance(31)
    await world.processAll()
    expect(world.target.held.size).toBe(0)
    expect((await historyOf(more.id)).extends?.outcome?.failure).toContain('over before it was extended')
  })
})

describe('a process that dies', () => {
  it('between target and record: the next worker records the same end', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const more = await asked(lease.id)
    await approve(more.id)
    await world.target.connector.grant({ ...orderLike(before), until: minutesFrom(before.lease.endsAt, 30) })
    await world.take(['extend_grant'])
    world.clock.advance(31)
    await world.processAll()
    expect((await leaseOf(lease.id)).lease.endsAt).toEqual(minutesFrom(before.lease.endsAt, 30))
    expect(world.target.held.get(before.id)?.until).toEqual(minutesFrom(before.lease.endsAt, 30))
  })

  it('two workers carry out one extension: the end moves once', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const more = await asked(lease.id)
    await approve(more.id)
    const order = { grantId: before.id, requestId: more.id, durationSeconds: 1800 }
    await Promise.all([1, 2, 3].map(() => extendGrant(world.ports, order)))
    await world.processAll()
    expect(await leaseOf(lease.id)).toMatchObject({
      generation: 2,
      lease: { endsAt: minutesFrom(before.lease.endsAt, 30) },
    })
    expect(world.target.held.get(before.id)?.until).toEqual(minutesFrom(before.lease.endsAt, 30))
  })
})

describe('a target that fails', () => {
  it('is asked again, and takes the new end before the old one', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    world.target.breakDown(true)
    const more = await asked(lease.id)
    await approve(more.id)
    await world.processAll()
    world.clock.advance(50 * 60)
    await world.processAll()
    expect((await historyOf(more.id)).extends?.outcome).toBeNull()
    expect(await askMore(lease.id)).toMatchObject({ kind: 'under_way', reference: more.reference })
    world.target.mend()
    world.clock.advance(60)
    await world.processAll()
    expect((await leaseOf(lease.id)).lease.endsAt).toEqual(minutesFrom(before.lease.endsAt, 30))
  })

  it('until the old end: the extension has failed, the lease ends as before, and people are told', async () => {
    const lease = await active()
    world.target.breakDown(true)
    const more = await asked(lease.id)
    await approve(more.id)
    for (let minutes = 0; minutes < 60; minutes += 10) {
      await world.processAll()
      world.clock.advance(600)
    }
    await world.processAll()
    expect((await historyOf(lease.id)).grant?.status).toBe('revocation_failed')
    world.target.mend()
    world.clock.advance(120)
    await world.processAll()
    expect((await historyOf(lease.id)).grant?.status).toBe('ended')
    expect(world.target.held.size).toBe(0)
    expect((await historyOf(more.id)).extends?.outcome?.failure).toMatch(/over/)
    expect(world.channel.said(more.id)).toEqual(
      expect.arrayContaining(['requester:extension', 'thread:extension']),
    )
  })

  it('for good: the old end is put back there, and people are told at once', async () => {
    const lease = await active()
    const before = await leaseOf(lease.id)
    const more = await asked(lease.id)
    await approve(more.id)
    // The target takes the new end, and then says that it did not.
    let failing = true
    world.target.state.beforeGrantEnds = async () => {
      const held = world.target.held.get(before.id)
      if (!failing || !held) return
      failing = false
      world.target.held.set(before.id, { ...held, until: minutesFrom(before.lease.endsAt, 30) })
      throw new ConnectorError('conflict', 'Somebody changed it.', { retryable: false })
    }
    await world.processAll()
    expect(await leaseOf(lease.id)).toMatchObject({ generation: 1, lease: before.lease })
    expect(world.target.held.get(before.id)?.until).toEqual(before.lease.endsAt)
    expect((await historyOf(more.id)).extends?.outcome?.failure).toBe('Somebody changed it.')
    expect(world.channel.said(more.id)).toContain('requester:extension')
  })
})

/** What a worker tells the target of this grant. */
function orderLike(grant: ActiveGrant) {
  return {
    grantId: grant.id,
    reference: 'AR-1001',
    resourceId: grant.resourceId,
    entitlementId: grant.entitlementId,
    content: grant.approvedContent,
    holder: { displayName: 'carl', userId: 'U0CARL' },
    until: grant.lease.endsAt,
  }
}

/** The catalog is loaded anew, with another entitlement. */
function change(changes: Partial<Entitlement>): void {
  const { catalog } = world.ports
  const [resource] = catalog.resources.values()
  if (!resource) throw new Error('no resource')
  const entitlements = new Map(
    [...resource.entitlements].map(([id, one]) => [id, id === 'read-orders' ? { ...one, ...changes } : one]),
  )
  const resources = new Map([[resource.id, { ...resource, entitlements }]])
  Object.assign(world.ports, { catalog: { ...catalog, resources } })
}
