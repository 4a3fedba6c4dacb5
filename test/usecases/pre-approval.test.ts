import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Entitlement } from '../../src/domain/catalog.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { NamedScope } from '../../src/domain/freeze.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { panic } from '../../src/usecases/panic/panic.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { listPreApprovals } from '../../src/usecases/requests/list-pre-approvals.ts'
import { listRequestable } from '../../src/usecases/requests/list-requestable.ts'
import { mayPreApprove, type PreApproveAsk, preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { withdrawPreApproval } from '../../src/usecases/requests/withdraw-pre-approval.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, usualAsk, type World, who } from '../_world.ts'

// The world's time is 2026-11-22 09:00 UTC; Dana lives in Lisbon, which has UTC in November.
const lastDay = '2026-11-30'
const itsEnd = new Date('2026-12-01T00:00:00Z')

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const inAdvance = (requestId: string, changes: Partial<PreApproveAsk> = {}) =>
  preApprove(world.ports, {
    by: who('U0DANA'),
    requestId,
    lastDay,
    duration: '2h',
    reason: 'Carl is on the refund project.',
    ...changes,
  })
/** Carl asked, and Dana pre-approved him from the card. */
async function preApproved(): Promise<string> {
  const { id } = await world.ask()
  const answer = await inAdvance(id)
  if (answer.kind !== 'made') throw new Error(JSON.stringify(answer))
  await world.processAll()
  return id
}
const use = async (changes: Partial<Parameters<typeof requestAccess>[1]> = {}) => {
  const answer = await requestAccess(world.ports, { ...usualAsk(), submissionKey: randomUUID(), ...changes })
  return answer.kind === 'submitted' ? answer.history : answer
}
const pending = { request: { status: 'pending', how: 'approval', preApprovalId: null } }
const withdraw = (requestId: string, userId: PersonId = 'U0DANA') =>
  withdrawPreApproval(world.ports, { by: who(userId), requestId })
function entitlement(): Entitlement {
  const found = world.ports.catalog.resources.get('orders-db')?.entitlements.get('read-orders')
  if (!found) throw new Error('no such entitlement')
  return found
}
async function historyOf(requestId: string) {
  const history = await world.ports.store.histories.byRequest(requestId)
  if (!history) throw new Error('no history')
  return history
}
const events = async (requestId: string) => {
  const audited = await world.ports.store.histories.byReference(
    (await historyOf(requestId)).request.reference,
  )
  return audited?.events ?? []
}
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}

describe('an owner approves until a day', () => {
  it('and with it the request, in one press', async () => {
    const requestId = await preApproved()
    const { request, grant, decisions, madePreApproval } = await historyOf(requestId)
    expect(request.status).toBe('approved')
    expect(grant?.status).toBe('active')
    expect(decisions).toMatchObject([{ verdict: 'approve', approver: { userId: 'U0DANA' } }])
    expect(madePreApproval).toMatchObject({
      reference: 'PA-1',
      goodThrough: itsEnd,
      maxDurationSeconds: 7200,
      maker: { userId: 'U0DANA' },
      withdrawal: null,
    })
    expect((await events(requestId)).map(({ action }) => action)).toContain('pre_approval.made')
    expect(textOf(requestId, 'requester:pre_approved')).toContain('pre-approved you')
    expect(textOf(requestId, 'card')).toContain('Pre-approval PA-1 by <@U0DANA>')
  })

  it('for a request that was approved before', async () => {
    const { id } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
    expect((await inAdvance(id)).kind).toBe('made')
    expect((await inAdvance(id)).kind).toBe('made_before')
  })

  it('by two presses at once, which make one', async () => {
    const { id } = await world.ask()
    const answers = await Promise.all([inAdvance(id), inAdvance(id), inAdvance(id, { by: who('U0ERIN') })])
    expect(answers.filter(({ kind }) => kind === 'made')).toHaveLength(1)
    const [row] = await world.database.sql`select count(*)::integer from pre_approvals`
    expect(row).toEqual({ count: 1 })
  })

  it.each([
    [{ lastDay: '2026-11-21' }, 'lastDay', 'Choose today or a later day.'],
    [{ lastDay: 'x' }, 'lastDay', 'Choose today or a later day.'],
    [{ lastDay: '2027-11-22' }, 'lastDay', 'Choose 2027-02-20 or an earlier day'],
    [{ duration: '9h' }, 'duration', 'Read orders is given for 8h at the most.'],
    [{ duration: 'x' }, 'duration', 'is not a duration'],
    [{ reason: ' ' }, 'reason', 'Say why'],
  ])('with %j is told what is wrong, and nothing is approved', async (changes, field, message) => {
    const { id } = await world.ask()
    const problems = [{ field, message: expect.stringContaining(message) }]
    expect(await inAdvance(id, changes)).toEqual({ kind: 'invalid', problems })
    expect((await historyOf(id)).request.status).toBe('pending')
  })

  it('not beyond the guest account', async () => {
    world.directory.change('U0CARL', { guestExpiresAt: new Date('2026-11-25T12:00:00Z') })
    const { id } = await world.ask()
    expect(await inAdvance(id)).toMatchObject({ kind: 'invalid', problems: [{ field: 'lastDay' }] })
    expect((await inAdvance(id, { lastDay: '2026-11-25' })).kind).toBe('made')
    expect((await historyOf(id)).madePreApproval?.goodThrough).toEqual(new Date('2026-11-25T12:00:00Z'))
  })

  it.each(['U0LEAD', 'U0CARL', 'U0GUEST', 'U0STRANGER'] as const)('but not %s', async (userId) => {
    const { id } = await world.ask()
    expect(await mayPreApprove(world.ports, { by: who(userId), requestId: id })).toMatchObject({
      kind: 'refused',
    })
    expect(await inAdvance(id, { by: who(userId) })).toMatchObject({ kind: 'refused' })
    expect((await events(id)).map(({ action }) => action)).toContain('pre_approval.refused')
  })

  it('but never for themselves, also not from a second account', async () => {
    const own = await world.ask({ asker: who('U0DANA') })
    expect(await inAdvance(own.id)).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'nobody-decides-their-own-request' }] },
    })
    world.directory.change('U0DANA', { confirmedEmail: 'dana@example.com' })
    world.directory.change('U0ERIN', { confirmedEmail: 'dana@example.com' })
    expect(await inAdvance(own.id, { by: who('U0ERIN') })).toMatchObject({ kind: 'refused' })
  })

  it('but not what needs two approvals', async () => {
    const { id } = await world.ask({ entitlementId: 'fix-orders' })
    expect((await mayPreApprove(world.ports, { by: who('U0DANA'), requestId: id })).kind).toBe(
      'several_approvals',
    )
    expect((await inAdvance(id)).kind).toBe('several_approvals')
  })
})

describe('each use', () => {
  it('is a request and a lease of its own that names the pre-approval, and asks nobody', async () => {
    const origin = await preApproved()
    const history = await use()
    if (!('request' in history)) throw new Error(history.kind)
    expect(history).toMatchObject({
      request: { status: 'approved', how: 'pre_approval', policy: { action: 'request' } },
      usedPreApproval: { reference: 'PA-1', maker: { userId: 'U0DANA' }, requestId: origin },
      decisions: [],
    })
    await world.processAll()
    world.clock.advance(10)
    await world.processAll()
    const { id } = history.request
    expect((await historyOf(id)).grant?.status).toBe('active')
    expect(world.target.held.size).toBe(2)
    expect(world.channel.said(id)).not.toContain('card')
    expect(textOf(id, 'shared_notice')).toContain('approved by <@U0DANA> in advance (PA-1)')
    const approved = (await events(id)).find(({ action }) => action === 'request.approved')
    expect(approved).toMatchObject({
      actorUserId: null,
      details: { how: 'pre_approval', pre_approval: 'PA-1' },
    })
  })

  it('does not count as a lease by rule', async () => {
    const byRule = `@id("low") @reason("Low.") permit (principal, action == Action::"selfServe", resource);`
    Object.assign(world.ports, { policy: policiesWith(byRule) })
    const { id } = await world.ask({ asker: who('U0ERIN') })
    expect((await inAdvance(id)).kind).toBe('made')
    for (let each = 0; each < 4; each += 1)
      expect(await use({ asker: who('U0ERIN') })).toMatchObject({ request: { how: 'pre_approval' } })
  })

  it('for longer than it allows goes to the owners', async () => {
    await preApproved()
    expect(await use({ duration: '121m' })).toMatchObject(pending)
  })

  it('after its last day goes to the owners', async () => {
    await preApproved()
    world.clock.advance((itsEnd.getTime() - world.clock.now().getTime()) / 1000 - 1)
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
    world.clock.advance(1)
    expect(await use()).toMatchObject(pending)
  })

  it('by another person, or of something else, goes to the owners', async () => {
    await preApproved()
    expect(await use({ asker: who('U0GUEST') })).toMatchObject(pending)
    expect(await use({ entitlementId: 'fix-orders', duration: '30m' })).toMatchObject(pending)
  })

  it('is judged by the present policies', async () => {
    await preApproved()
    const frozen =
      '@id("freeze") @reason("A freeze.") forbid (principal, action == Action::"request", resource);'
    Object.assign(world.ports, { policy: policiesWith(frozen) })
    expect(await use()).toMatchObject({ kind: 'refused', policy: { outcome: 'forbidden' } })
  })

  it.each<[string, () => Partial<Entitlement>]>([
    ['its content', () => ({ content: contentFromJson({ privileges: ['more'] }) })],
    ['its risk', () => ({ risk: 'high' })],
    ['the number of approvals', () => ({ approvals: ownersPlan(2) })],
  ])('goes to the owners when the catalog changed %s', async (_, changes) => {
    await preApproved()
    Object.assign(entitlement(), changes())
    expect(await use()).toMatchObject(pending)
  })

  it('goes to the owners when maker and holder turn out to be one person', async () => {
    await preApproved()
    for (const userId of ['U0CARL', 'U0DANA'] as const)
      world.directory.change(userId, { confirmedEmail: 'one@example.com' })
    expect(await use({ asker: who('U0DANA') })).toMatchObject(pending)
    expect(await use()).toMatchObject(pending)
  })

  it('stays good after its maker stopped being an approver, until somebody withdraws it', async () => {
    const origin = await preApproved()
    const orders = world.ports.catalog.resources.get('orders-db')
    if (orders) Object.assign(orders.owners, { approvers: ['S0DBAS'] })
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
    expect((await withdraw(origin)).kind).toBe('refused')
    expect((await withdraw(origin, 'U0ERIN')).kind).toBe('withdrawn')
    expect(await use()).toMatchObject(pending)
  })
})

describe('the engagement of the person', () => {
  const engage = async (startsAt: string, endsAt: string) => {
    const { store, directory } = world.ports
    const [carl, erin] = await Promise.all(
      ['U0CARL', 'U0ERIN'].map(async (userId) => {
        const account = await directory.account(userId, { maxAgeSeconds: 0 })
        if (!account) throw new Error(userId)
        return store.transaction((tx) => tx.accounts.upsert(account))
      }),
    )
    // Instead of the one that the base world gives.
    await world.database
      .sql`update engagements set ended_at = now() where person_id = ${carl?.personId ?? ''} and ended_at is null`
    const [row] = await world.database.sql`
      insert into engagements (person_id, company, sponsor_person_id, starts_at, ends_at)
      values (${carl?.personId ?? ''}, 'Mendes', ${erin?.personId ?? ''}, ${startsAt}, ${endsAt}) returning id`
    return String(row?.id)
  }
  const end = (id: string) =>
    world.database.sql`update engagements set ended_at = ${world.clock.now().toISOString()} where id = ${id}`

  it('bounds a pre-approval, which ends with it', async () => {
    const id = await engage('2026-11-01T00:00:00Z', '2026-11-26T12:00:00Z')
    const request = await world.ask()
    expect(await inAdvance(request.id)).toMatchObject({ kind: 'invalid', problems: [{ field: 'lastDay' }] })
    expect((await inAdvance(request.id, { lastDay: '2026-11-26' })).kind).toBe('made')
    expect((await historyOf(request.id)).madePreApproval).toMatchObject({
      goodThrough: new Date('2026-11-26T12:00:00Z'),
      engagementId: id,
    })
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
    await end(id)
    await engage('2026-11-01T00:00:00Z', '2026-12-24T00:00:00Z')
    expect(await use()).toMatchObject(pending)
  })
})

describe('the list', () => {
  it('shows the own ones, and those of others to owners and security', async () => {
    const origin = await preApproved()
    const listed = async (userId: PersonId) => {
      const { own, others } = await listPreApprovals(world.ports, who(userId))
      return [own, others].map((rows) => rows.map(({ request }) => request.id))
    }
    expect(await listed('U0CARL')).toEqual([[origin], []])
    expect(await listed('U0DANA')).toEqual([[], [origin]])
    expect(await listed('U0LEAD')).toEqual([[], [origin]])
    expect(await listed('U0GUEST')).toEqual([[], []])
    const offer = await listRequestable(world.ports, { asker: who('U0CARL'), resourceId: 'orders-db' })
    expect(offer?.preApproved.map(({ request }) => request.id)).toEqual([origin])
    await withdraw(origin, 'U0LEAD')
    expect(await listed('U0CARL')).toEqual([[], []])
    expect((await withdraw(origin)).kind).toBe('over')
    await world.processAll()
    expect(textOf(origin, 'requester:pre_approved')).toContain('withdrew your pre-approval')
    expect((await events(origin)).map(({ action }) => action)).toContain('pre_approval.withdrawn')
  })

  it('lets nobody withdraw who may not revoke', async () => {
    const origin = await preApproved()
    for (const userId of ['U0CARL', 'U0GUEST'] as const)
      expect(await withdraw(origin, userId)).toMatchObject({ kind: 'refused' })
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
  })

  it('is right when a withdrawal and uses come at once', async () => {
    const origin = await preApproved()
    const [, ...uses] = await Promise.all([withdraw(origin), ...Array.from({ length: 6 }, () => use())])
    const { withdrawal } = (await historyOf(origin)).madePreApproval ?? {}
    expect(withdrawal).toBeTruthy()
    for (const one of uses) expect('request' in one && one.request.status).toMatch(/approved|pending/)
    expect(await use()).toMatchObject(pending)
  })
})

describe('a panic', () => {
  const order = (named: NamedScope) =>
    panic(world.ports, {
      by: who('U0LEAD'),
      named,
      reason: 'A laptop was stolen',
      // Without a freeze, so that people can ask again at once.
      freezeUntil: null,
      submissionKey: randomUUID(),
    })

  it('withdraws what was approved in advance in its scope: nobody gets it again without a person', async () => {
    const requestId = await preApproved()
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
    expect(await order({ kind: 'person', userId: 'U0CARL' })).toMatchObject({ kind: 'begun' })
    expect(await use()).toMatchObject(pending)
    expect((await events(requestId)).at(-1)).toMatchObject({
      action: 'pre_approval.withdrawn',
      actor: { kind: 'account' },
    })
    await world.processAll()
    expect(textOf(requestId, 'requester:pre_approved')).toMatch(/withdr/i)
    expect((await historyOf(requestId)).grant?.status).toBe('revoked')
  })

  it('leaves what is outside its scope', async () => {
    await preApproved()
    await order({ kind: 'person', userId: 'U0PAT' })
    await order({ kind: 'resource', resourceId: 'wine-db' })
    expect(await use()).toMatchObject({ request: { how: 'pre_approval' } })
  })

  it('at the same moment as a use: it is used before and taken back, or not used', async () => {
    const requestId = await preApproved()
    const [, used] = await Promise.all([order({ kind: 'all' }), use()])
    await world.processAll()
    const again = 'request' in used ? await historyOf(used.request.id) : null
    expect(again?.grant?.status ?? 'revoked').toBe('revoked')
    expect(world.target.held.size).toBe(0)
    expect((await historyOf(requestId)).grant?.status).toBe('revoked')
  })
})
