import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApprovalPlan, ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Entitlement } from '../../src/domain/catalog.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { offer as offerIn, plan, sponsored as sponsoredIn, stage } from '../_offer.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

// Carl (a contractor, sponsored by Lead) asks. Dana, and Erin and Fred of S0DBAS, are the approvers of the owners.

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const offer = (changes: Partial<Entitlement>) => offerIn(world, changes)
const sponsored = (by: string) => sponsoredIn(world, by)
const approve = (requestId: string, userId: string, more: { stage?: number; duration?: string } = {}) =>
  decideRequest(world.ports, { by: who(userId), requestId, verdict: 'approve', reason: null, ...more })
const deny = (requestId: string, userId: string) =>
  decideRequest(world.ports, { by: who(userId), requestId, verdict: 'deny', reason: 'no need' })
const statusOf = async (requestId: string) =>
  (await world.ports.store.histories.byRequest(requestId))?.request.status

const sponsorThenOwners = plan(stage('Sponsor', [1, 'sponsor']), stage('Owners', [2, 'owners']))

describe('stages in order', () => {
  beforeEach(async () => {
    await sponsored('U0LEAD')
    offer({ approvals: sponsorThenOwners })
  })

  it('the sponsor, then two owners: only then is there a grant', async () => {
    const { id } = await world.ask()
    for (const [userId, at] of [
      ['U0LEAD', 0],
      ['U0DANA', 1],
    ] as const) {
      expect(await approve(id, userId, { stage: at })).toMatchObject({
        kind: 'recorded',
        history: { request: { status: 'pending' }, grant: null },
      })
    }
    expect(await approve(id, 'U0ERIN', { stage: 1 })).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'approved' }, grant: { status: 'activating' } },
    })
    const history = await world.ports.store.histories.byRequest(id)
    expect(history?.decisions.map(({ stage, countsAs }) => ({ stage, countsAs }))).toEqual([
      { stage: 0, countsAs: ['sponsor'] },
      { stage: 1, countsAs: ['owners'] },
      { stage: 1, countsAs: ['owners'] },
    ])
  })

  it('an owner who clicks while the sponsor is awaited reads why that is too early', async () => {
    const { id } = await world.ask()
    expect(await approve(id, 'U0DANA', { stage: 0 })).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('“Owners” comes after “Sponsor”') },
    })
    expect(await deny(id, 'U0DANA')).toMatchObject({ kind: 'refused' })
  })

  it('the sponsor decides no later stage, and a second press of the same button is only repeated', async () => {
    const { id } = await world.ask()
    await approve(id, 'U0LEAD', { stage: 0 })
    expect(await approve(id, 'U0LEAD', { stage: 0 })).toMatchObject({ kind: 'repeated' })
    expect(await approve(id, 'U0LEAD', { stage: 1 })).toMatchObject({ kind: 'refused' })
  })

  it('a double click of the sponsor counts once, although another stage is open after the first', async () => {
    const { id } = await world.ask()
    offer({
      approvals: { ...sponsorThenOwners, samePersonInTwoStages: true },
      approvers: ['U0LEAD', 'U0DANA'],
    })
    const other = await world.ask()
    const clicks = await Promise.all([1, 2, 3].map(() => approve(other.id, 'U0LEAD', { stage: 0 })))
    expect(clicks.map(({ kind }) => kind).sort()).toEqual(['recorded', 'repeated', 'repeated'])
    expect(await approve(other.id, 'U0LEAD', { stage: 1 })).toMatchObject({ kind: 'recorded' })
    expect(await approve(other.id, 'U0DANA', { stage: 1 })).toMatchObject({
      history: { request: { status: 'approved' } },
    })
    expect(await statusOf(id)).toBe('pending')
  })

  it('a person who would be an owner too does not approve both stages, unless the catalog allows it', async () => {
    offer({
      approvals: plan(stage('Sponsor', [1, 'sponsor']), stage('Owners', [1, 'owners'])),
      approvers: ['U0LEAD', 'U0DANA'],
    })
    const { id } = await world.ask()
    await approve(id, 'U0LEAD', { stage: 0 })
    expect(await approve(id, 'U0LEAD', { stage: 1 })).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'nobody-approves-two-stages' }] },
    })
    expect(await approve(id, 'U0DANA', { stage: 1 })).toMatchObject({
      history: { request: { status: 'approved' } },
    })
  })

  it('a click on a card of the former stage counts for nothing', async () => {
    offer({ approvals: plan(stage('One', [1, 'owners']), stage('Two', [1, 'owners'])) })
    const { id } = await world.ask()
    const answers = await Promise.all([
      approve(id, 'U0DANA', { stage: 0 }),
      approve(id, 'U0ERIN', { stage: 0 }),
    ])
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['moved_on', 'recorded'])
    expect(await approve(id, 'U0FRED', { stage: 0 })).toMatchObject({ kind: 'moved_on' })
    expect(await statusOf(id)).toBe('pending')
  })

  it('a person whom only a later stage names is spared for it', async () => {
    offer({ approvals: plan(stage('One', [1, 'owners']), stage('Two', [1, 'U0DANA'])) })
    const { id } = await world.ask()
    expect(await approve(id, 'U0DANA', { stage: 0 })).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('Let another approver approve “One”') },
    })
    await approve(id, 'U0ERIN', { stage: 0 })
    expect(await approve(id, 'U0DANA', { stage: 1 })).toMatchObject({
      history: { request: { status: 'approved' } },
    })
  })

  it('a second account of the sponsor counts as the sponsor', async () => {
    const { id } = await world.ask()
    world.directory.change('U0LEAD', { confirmedEmail: 'lead@example.com' })
    world.directory.change('U0FRED', { confirmedEmail: 'lead@example.com' })
    await world.ports.store.people.of([await account('U0LEAD')])
    expect(await approve(id, 'U0FRED', { stage: 0 })).toMatchObject({ kind: 'recorded' })
  })
})

describe('one from each', () => {
  beforeEach(() => {
    world.directory.groups.set('S0SEC', new Set(['U0LEAD', 'U0ERIN']))
    offer({ approvals: plan(stage('Both', [1, 'S0SEC'], [1, 'S0DBAS'])) })
  })

  it('a person of both groups counts for one of them, whichever the other cannot fill', async () => {
    const { id } = await world.ask()
    await approve(id, 'U0ERIN')
    expect(await statusOf(id)).toBe('pending')
    await approve(id, 'U0LEAD')
    expect(await statusOf(id)).toBe('approved')
    const other = await world.ask()
    await approve(other.id, 'U0ERIN')
    await approve(other.id, 'U0FRED')
    expect(await statusOf(other.id)).toBe('approved')
  })

  it('a second person of the same group only adds nothing, and reads whose approval is missing', async () => {
    world.directory.groups.set('S0DBAS', new Set(['U0DANA', 'U0FRED']))
    const { id } = await world.ask()
    await approve(id, 'U0DANA')
    expect(await approve(id, 'U0FRED')).toMatchObject({ kind: 'not_needed' })
    expect((await world.ports.store.histories.byRequest(id))?.decisions).toHaveLength(1)
  })
})

describe('approvers of an entitlement', () => {
  it('take the place of the owners', async () => {
    offer({ approvers: ['U0LEAD'] })
    const { id } = await world.ask()
    expect(await approve(id, 'U0DANA')).toMatchObject({ kind: 'refused' })
    expect(await approve(id, 'U0LEAD')).toMatchObject({ history: { request: { status: 'approved' } } })
  })
})

describe('substitutes', () => {
  beforeEach(() => {
    offer({ approvals: { ...ownersPlan(2), substitutes: { afterSeconds: 7200, approvers: ['S0ONCALL'] } } })
    world.directory.groups.set('S0ONCALL', new Set(['U0LEAD']))
  })

  it('may decide only after nobody has answered for that time', async () => {
    const { id } = await world.ask()
    expect(await approve(id, 'U0LEAD')).toMatchObject({ kind: 'refused' })
    world.clock.advance(7000)
    await approve(id, 'U0DANA')
    world.clock.advance(7000)
    await world.processAll()
    expect(await approve(id, 'U0LEAD')).toMatchObject({ kind: 'refused' })
    expect(world.channel.said(id)).not.toContain('thread:substitutes')
    world.clock.advance(300)
    await world.processAll()
    expect(world.channel.said(id)).toContain('thread:substitutes')
    expect(await approve(id, 'U0LEAD')).toMatchObject({ history: { request: { status: 'approved' } } })
  })
})

describe('approved for less', () => {
  it('the grant has the shortest time that an approver gave', async () => {
    offer({ approvals: ownersPlan(3) })
    const { id } = await world.ask({ duration: '2h' })
    await approve(id, 'U0DANA', { duration: '45m' })
    await approve(id, 'U0ERIN')
    expect(await approve(id, 'U0FRED', { duration: '30m' })).toMatchObject({
      history: { request: { status: 'approved' }, grant: { durationSeconds: 1800 } },
    })
  })

  it.each([
    ['as long as was asked for', '2h', '2h was asked for'],
    ['longer', '3h', '2h was asked for'],
    ['no duration', 'soon', 'is not a duration'],
    ['nothing', '0m', 'gives no access'],
  ])('is never %s', async (_, duration, problem) => {
    const { id } = await world.ask({ duration: '2h' })
    expect(await approve(id, 'U0DANA', { duration })).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'duration', message: expect.stringContaining(problem) }],
    })
    expect(await statusOf(id)).toBe('pending')
  })

  it('is less than what another approver gave before', async () => {
    offer({ approvals: ownersPlan(2) })
    const { id } = await world.ask({ duration: '2h' })
    await approve(id, 'U0DANA', { duration: '30m' })
    expect(await approve(id, 'U0ERIN', { duration: '1h' })).toMatchObject({
      problems: [{ message: expect.stringContaining('30m is approved so far') }],
    })
  })

  it('makes a request fit a catalog that has a shorter longest time now', async () => {
    const { id } = await world.ask({ duration: '2h' })
    offer({ maxDurationSeconds: 3600 })
    expect(await approve(id, 'U0DANA')).toMatchObject({ kind: 'refused' })
    expect(await approve(id, 'U0DANA', { duration: '1h' })).toMatchObject({
      history: { grant: { durationSeconds: 3600 } },
    })
  })
})

describe('a catalog that changes while a request waits', () => {
  it('the newer plan applies, and the one of the card as well', async () => {
    const { id } = await world.ask()
    offer({ approvals: plan(stage('Security', [1, 'S0SECURITY']), stage('Owners', [1, 'owners'])) })
    expect(await approve(id, 'U0DANA')).toMatchObject({ kind: 'refused' })
    await approve(id, 'U0LEAD')
    expect(await statusOf(id)).toBe('pending')
    await approve(id, 'U0DANA')
    expect(await statusOf(id)).toBe('approved')
  })

  it('a laxer plan does not make it easier than the card said', async () => {
    offer({ approvals: plan(stage('Security', [1, 'S0SECURITY']), stage('Owners', [1, 'owners'])) })
    const { id } = await world.ask()
    offer({ approvals: ownersPlan(1) })
    await approve(id, 'U0DANA')
    expect(await statusOf(id)).toBe('pending')
    await approve(id, 'U0LEAD')
    expect(await statusOf(id)).toBe('pending')
    await approve(id, 'U0ERIN')
    expect(await statusOf(id)).toBe('approved')
  })
})

describe('separation of duties', () => {
  const highRisk = (approvals: ApprovalPlan) =>
    offer({ risk: 'high', approvals, approvers: ['U0LEAD', 'U0DANA'] })
  beforeEach(() => sponsored('U0LEAD'))

  it('a sponsor is never the only approver of their own contractor, where the risk is high', async () => {
    highRisk(ownersPlan(1))
    const { id } = await world.ask()
    expect(await approve(id, 'U0LEAD')).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'sponsors-are-not-alone' }] },
    })
    expect(await approve(id, 'U0DANA')).toMatchObject({ history: { request: { status: 'approved' } } })
  })

  it('a sponsor may deny, may be one of two, and may approve where the risk is low', async () => {
    highRisk(ownersPlan(1))
    expect(await deny((await world.ask()).id, 'U0LEAD')).toMatchObject({ kind: 'recorded' })
    highRisk(ownersPlan(2))
    for (const order of [
      ['U0LEAD', 'U0DANA'],
      ['U0DANA', 'U0LEAD'],
    ] as const) {
      const { id } = await world.ask()
      for (const userId of order) expect(await approve(id, userId)).toMatchObject({ kind: 'recorded' })
      expect(await statusOf(id)).toBe('approved')
    }
    offer({ risk: 'low', approvals: ownersPlan(1) })
    expect(await approve((await world.ask()).id, 'U0LEAD')).toMatchObject({ kind: 'recorded' })
  })

  it('nobody approves in pairs, where a policy forbids it: by person, and for 30 days', async () => {
    const policy = policiesWith(`@id("nobody-approves-in-pairs") @reason("Somebody else has to approve.")
      forbid (principal, action == Action::"approve", resource) when { context.approvedByRequesterLately };`)
    Object.assign(world.ports, { policy })
    offer({ approvers: ['U0ERIN', 'U0DANA', 'U0FRED'] })
    const byErin = await world.ask({ asker: who('U0ERIN') })
    await approve(byErin.id, 'U0DANA')
    const byDana = await world.ask({ asker: who('U0DANA') })
    expect(await approve(byDana.id, 'U0ERIN')).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'nobody-approves-in-pairs' }] },
    })
    expect(await approve(byDana.id, 'U0FRED')).toMatchObject({ kind: 'recorded' })
    world.clock.advance(31 * 86_400)
    const later = await world.ask({ asker: who('U0DANA') })
    expect(await approve(later.id, 'U0ERIN')).toMatchObject({ kind: 'recorded' })
  })
})

describe('a request that nobody could approve', () => {
  const ask = (asker: string) => requestAccess(world.ports, { ...usualAsk(), asker: who(asker) })

  it('is refused when it is asked for, with the reason', async () => {
    offer({ approvers: ['U0DANA'] })
    expect(await ask('U0DANA')).toMatchObject({
      kind: 'refused',
      policy: {
        sentence: expect.stringContaining('Apart from you, there are too few people who could approve this'),
      },
    })
    expect(await ask('U0ERIN')).toMatchObject({ kind: 'submitted' })
  })

  it('also where a later stage is out of reach', async () => {
    offer({ approvals: plan(stage('One', [1, 'owners']), stage('Two', [2, 'S0DBAS'])) })
    expect(await ask('U0ERIN')).toMatchObject({
      kind: 'refused',
      policy: { sentence: expect.stringContaining('“Two”') },
    })
    expect(await ask('U0CARL')).toMatchObject({ kind: 'submitted' })
  })

  it('an employee has no sponsor: the stage is left out, or the request refused', async () => {
    offer({ approvals: sponsorThenOwners })
    const request = await world.ask({ asker: who('U0LEAD') })
    expect(request.terms.approvals.stages.map(({ name }) => name)).toEqual(['Owners'])
    offer({ approvals: plan(stage('Sponsor', [1, 'sponsor'])) })
    expect(await ask('U0LEAD')).toMatchObject({ kind: 'refused' })
    expect(await ask('U0CARL')).toMatchObject({ kind: 'submitted' })
  })

  it('is submitted when Slack does not name the members of a group', async () => {
    offer({ approvers: ['S0UNKNOWN', 'U0DANA'] })
    expect(await ask('U0CARL')).toMatchObject({ kind: 'submitted' })
  })
})

async function account(userId: string) {
  const found = await world.ports.directory.account(userId, { maxAgeSeconds: 0 })
  if (!found) throw new Error(`no ${userId}`)
  return found
}
