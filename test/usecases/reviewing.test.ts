import { addDays } from 'date-fns/addDays'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CampaignItem, stateOf, usualReview } from '../../src/domain/campaign.ts'
import type { Catalog } from '../../src/domain/catalog.ts'
import type { Membership } from '../../src/domain/connector.ts'
import type { Ports } from '../../src/domain/ports.ts'
import type { ReportRow } from '../../src/domain/report.ts'
import { setAway } from '../../src/usecases/people/set-away.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { closeReviewNow } from '../../src/usecases/reviews/close-review.ts'
import { decideItem, type ItemSaid } from '../../src/usecases/reviews/decide-item.ts'
import { signOffReview } from '../../src/usecases/reviews/sign-off-review.ts'
import { dueKey, startDueReviews, startReview } from '../../src/usecases/reviews/start-review.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

let world: World
let ports: Ports
let members: Membership[] = []
beforeAll(async () => {
  world = await openWorld()
  const { resources } = world.ports.catalog
  const orders = resources.get('orders-db')
  if (!orders) throw new Error('no resource')
  // Leases of some days, which a review looks at.
  const entitlements = new Map(
    [...orders.entitlements].map(([id, one]) => [id, { ...one, maxDurationSeconds: 40 * 86_400 }]),
  )
  const catalog: Catalog = {
    ...world.ports.catalog,
    resources: new Map([['orders-db', { ...orders, entitlements }]]),
  }
  Object.assign(world.ports, { catalog })
  Object.assign(world.target.connector, { listMembers: async () => ({ members, notListed: [] }) })
  ports = world.ports
})
afterAll(() => world.close())
beforeEach(() => {
  members = []
})

async function active(userId: PersonId = 'U0CARL', duration = '30d'): Promise<string> {
  const { id } = await world.ask({ asker: who(userId), duration })
  await decideRequest(ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
/** A review of the whole, with its items. */
async function begun(changes: Partial<typeof usualReview> = {}): Promise<string> {
  const rules = { ...usualReview, ...changes, id: 'quarterly', every: null }
  const catalog = { ...ports.catalog, reviews: new Map([['quarterly', rules]]) }
  const answer = await startReview({ ...ports, catalog }, { by: who('U0LEAD'), name: 'quarterly' })
  if (answer.kind !== 'started') throw new Error(answer.kind)
  await world.processAll()
  return answer.campaign.id
}
async function view(id: string) {
  const found = await ports.store.campaigns.byId(id, world.clock.now())
  if (!found) throw new Error('no review')
  return found
}
async function itemOf(id: string, is: (item: CampaignItem) => boolean): Promise<CampaignItem> {
  const item = (await view(id)).items.find(is)
  if (!item) throw new Error('no such item')
  return item
}
const lease = (id: string, requestId: string) => itemOf(id, (item) => item.requestId === requestId)
const decide = (userId: PersonId, itemId: string, said: ItemSaid = { verdict: 'keep' }) =>
  decideItem(ports, { by: who(userId), itemId, said })
const end: ItemSaid = { verdict: 'end', reason: 'No longer needed' }
const events = async (action: string) =>
  (await world.owner
    .sql`select details, actor_id from audit_events where action = ${action} order by id`) as {
    details: Record<string, unknown>
    actorId: string | null
  }[]
const grantOf = async (requestId: string) => (await ports.store.histories.byRequest(requestId))?.grant
/** Ends what a test left, so that the next one begins with nothing open. */
async function finish(id: string) {
  await closeReviewNow(ports, { by: who('U0LEAD'), reference: (await view(id)).campaign.reference })
  await world.processAll()
}

describe('a review', () => {
  it('collects what people have, and asks those who answer for it', async () => {
    const request = await active()
    const short = await active('U0GUEST', '2h')
    members = [{ login: 'erin-db', entitlementId: 'read-orders', detail: 'member of readers' }]
    const id = await begun()
    const { items, campaign } = await view(id)
    expect(
      items.map(({ kind, who, what, reviewers, byLeads }) => ({ kind, who, what, reviewers, byLeads })),
    ).toEqual(
      expect.arrayContaining([
        {
          kind: 'lease',
          who: 'carl',
          what: 'Read orders',
          reviewers: ['U0DANA', 'U0ERIN', 'U0FRED'],
          byLeads: false,
        },
        { kind: 'engagement', who: 'carl', what: 'Mendes Consulting', reviewers: ['U0PAT'], byLeads: false },
        {
          kind: 'standing',
          who: 'erin-db',
          what: 'Read orders: member of readers',
          reviewers: ['U0DANA', 'U0ERIN', 'U0FRED'],
          byLeads: false,
        },
      ]),
    )
    expect(items.map(({ requestId }) => requestId)).not.toContain(short)
    expect(items.map(({ requestId }) => requestId)).toContain(request)
    expect(campaign.notCovered).toEqual([])
    expect([...world.channel.campaigns.keys()]).toEqual(
      expect.arrayContaining(['reviewer U0DANA', 'reviewer U0PAT', 'security']),
    )
    await finish(id)
  })

  it('names the systems that cannot tell who has access', async () => {
    const tells = world.target.connector.listMembers
    Object.assign(world.target.connector, { listMembers: undefined })
    const id = await begun()
    Object.assign(world.target.connector, { listMembers: tells })
    expect((await view(id)).campaign.notCovered).toEqual([
      { resourceId: 'orders-db', because: expect.stringContaining('does not tell') },
    ])
    await finish(id)
  })

  it('asks nobody about themselves; where nobody is left, it asks the leads', async () => {
    const dana = await active('U0PAT')
    world.directory.change('U0PAT', { confirmedEmail: 'one@acme.test' })
    world.directory.change('U0DANA', { confirmedEmail: 'one@acme.test' })
    await setAway(ports, { by: who('U0ERIN'), lastDay: '2026-12-24' })
    world.directory.change('U0FRED', { isDeactivated: true })
    const id = await begun()
    const item = await lease(id, dana)
    expect(item).toMatchObject({ reviewers: ['U0LEAD'], byLeads: true })
    expect(await decide('U0DANA', item.id)).toMatchObject({ kind: 'refused', because: 'own_access' })
    expect(await decide('U0FRED', item.id)).toMatchObject({ kind: 'refused', because: 'account' })
    expect(await decide('U0CARL', item.id)).toMatchObject({ kind: 'refused', because: 'account' })
    expect((await events('review.decision_refused')).at(-1)?.details).toMatchObject({ because: 'account' })
    await expect(
      world.owner.sql`update campaign_items set verdict = 'keep', decided_at = now(),
        decided_by_id = (select id from accounts where user_id = 'U0DANA') where id = ${item.id}`,
    ).rejects.toThrow('nobody reviews their own access')
    expect(await decide('U0LEAD', item.id)).toMatchObject({ kind: 'decided' })
    world.directory.change('U0FRED', { isDeactivated: false })
    await finish(id)
  })
})

describe('a decision', () => {
  it('to end revokes the lease, once, and shows when it is really gone', async () => {
    const request = await active()
    const id = await begun()
    const item = await lease(id, request)
    world.target.breakDown(true)
    expect(await decide('U0DANA', item.id, end)).toMatchObject({ kind: 'decided' })
    await world.processAll()
    expect(stateOf(await lease(id, request))).toBe('ending')
    expect(await decide('U0DANA', item.id, end)).toMatchObject({ kind: 'decided_before' })
    expect(await decide('U0FRED', item.id)).toMatchObject({ kind: 'decided_before' })
    world.target.mend()
    world.clock.advance(60)
    await world.processAll()
    expect(await lease(id, request)).toMatchObject({
      decision: { verdict: 'end', by: { userId: 'U0DANA' }, reason: 'No longer needed' },
      gone: { proof: 'seen gone' },
    })
    expect(await grantOf(request)).toMatchObject({
      status: 'revoked',
      revocation: { cause: 'revoked', reason: 'No longer needed' },
    })
    await expect(
      world.owner.sql`update campaign_items set verdict = 'keep' where id = ${item.id}`,
    ).rejects.toThrow('decided once')
    await finish(id)
  })

  it('to shorten moves the end, and says beside the field what is wrong', async () => {
    const request = await active()
    const id = await begun()
    const item = await lease(id, request)
    const shorten = (day: string, reason = 'Half is enough'): ItemSaid => ({
      verdict: 'shorten',
      day,
      reason,
    })
    const day = (days: number) => addDays(world.clock.now(), days).toISOString().slice(0, 10)
    expect(await decide('U0DANA', item.id, shorten(day(-3), ''))).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'reason' }, { field: 'until' }],
    })
    expect(await decide('U0DANA', item.id, shorten(day(60)))).toMatchObject({
      problems: [{ field: 'until' }],
    })
    expect(await decide('U0DANA', item.id, shorten(day(5)))).toMatchObject({ kind: 'decided' })
    await world.processAll()
    const grant = await grantOf(request)
    expect(grant).toMatchObject({ status: 'active', generation: 2 })
    expect(stateOf(await lease(id, request))).toBe('shortened')
    await finish(id)
  })

  it('about an engagement is the sponsor’s, and its end takes all access away', async () => {
    const request = await active('U0GUEST')
    const id = await begun()
    const item = await itemOf(id, ({ kind, who }) => kind === 'engagement' && who === 'guest')
    expect(await decide('U0FRED', item.id, end)).toMatchObject({ because: 'not_a_reviewer' })
    expect(await decide('U0PAT', item.id, end)).toMatchObject({ kind: 'decided' })
    await world.processAll()
    expect(await grantOf(request)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
    expect(await itemOf(id, (one) => one.id === item.id)).toMatchObject({ gone: { at: expect.any(Date) } })
    world.clock.advance(400)
    await world.processAll()
    // The lease ended with it, before anybody decided about it.
    expect(stateOf(await lease(id, request))).toBe('over')
    expect(await decide('U0DANA', (await lease(id, request)).id)).toMatchObject({ kind: 'over' })
    await finish(id)
  })

  it('about a pre-approval withdraws it', async () => {
    const { id: requestId } = await world.ask({ duration: '2h' })
    const made = await preApprove(ports, {
      by: who('U0DANA'),
      requestId,
      lastDay: addDays(world.clock.now(), 20).toISOString().slice(0, 10),
      duration: '2h',
      reason: 'Every night',
    })
    expect(made).toMatchObject({ kind: 'made' })
    await world.processAll()
    const id = await begun()
    const item = await itemOf(id, ({ kind }) => kind === 'pre_approval')
    expect(await decide('U0DANA', item.id, end)).toMatchObject({ kind: 'decided' })
    expect(await itemOf(id, (one) => one.id === item.id)).toMatchObject({
      gone: { proof: 'The approval in advance is withdrawn.' },
    })
    await finish(id)
  })

  it('about standing access asks the owners to remove it, and the next list proves that', async () => {
    members = [{ login: 'old-login', entitlementId: 'read-orders', detail: 'member of readers' }]
    const id = await begun()
    const item = await itemOf(id, ({ kind }) => kind === 'standing')
    expect(await decide('U0DANA', item.id, end)).toMatchObject({ kind: 'decided' })
    await world.processAll()
    expect(world.channel.campaigns.get('removal orders-db')).toMatchObject({ channelId: 'C0ORDERS' })
    world.clock.advance(400)
    await world.processAll()
    expect(stateOf(await itemOf(id, (one) => one.id === item.id))).toBe('ending')
    members = []
    world.clock.advance(400)
    await world.processAll()
    expect(stateOf(await itemOf(id, (one) => one.id === item.id))).toBe('ended')
    expect(await events('review.item_gone')).toHaveLength(1)
    await finish(id)
  })
})

describe('the deadline', () => {
  it('ends what nobody decided, by the rule of the review and by nobody', async () => {
    const request = await active()
    const id = await begun({ undecided: 'end', of: ['lease'], deadlineSeconds: 5 * 86_400 })
    const kept = (await view(id)).items.filter((item) => item.requestId !== request)
    for (const item of kept) await decide('U0DANA', item.id)
    const reminded = (await events('review.reminded')).length
    world.clock.advance(4 * 86_400)
    await world.processAll()
    expect(await events('review.reminded')).toHaveLength(reminded + 1)
    expect([...world.channel.campaigns.keys()].some((key) => key.startsWith('reminder U0DANA'))).toBe(true)
    world.clock.advance(86_400)
    await world.processAll()
    expect(await lease(id, request)).toMatchObject({
      decision: { verdict: 'end', by: null, reason: null },
      gone: { proof: 'seen gone' },
    })
    expect((await view(id)).campaign.closedAt).not.toBeNull()
    const [decided] = (await events('review.decided'))
      .filter(({ details }) => details.by_rule === true)
      .slice(-1)
    expect(decided).toMatchObject({ actorId: null, details: { verdict: 'end' } })
    expect(await grantOf(request)).toMatchObject({ revocation: { byId: null } })
  })

  it('gives the leads more time where the review says so, and then leaves it undecided', async () => {
    const request = await active()
    const id = await begun({ undecided: 'escalate', of: ['lease'], deadlineSeconds: 2 * 86_400 })
    world.clock.advance(2 * 86_400)
    await world.processAll()
    expect((await view(id)).campaign).toMatchObject({ closedAt: null, escalatedAt: expect.any(Date) })
    expect(await lease(id, request)).toMatchObject({ reviewers: ['U0LEAD'], byLeads: true })
    world.clock.advance(86_400)
    await world.processAll()
    expect((await view(id)).campaign.closedAt).not.toBeNull()
    expect(stateOf(await lease(id, request))).toBe('open')
    expect(await decide('U0DANA', (await lease(id, request)).id)).toMatchObject({ kind: 'closed' })
  })
})

describe('the sign-off', () => {
  it('is by a lead who has no part in the review, once, and in the report', async () => {
    const request = await active()
    const id = await begun({ of: ['lease'] })
    const sign = (userId: PersonId) => signOffReview(ports, { by: who(userId), campaignId: id })
    expect(await sign('U0LEAD')).toMatchObject({ kind: 'still_open' })
    expect(await sign('U0DANA')).toMatchObject({ kind: 'refused', because: 'not_a_lead' })
    for (const item of (await view(id)).items)
      await decide(item.requestId === request ? 'U0LEAD' : 'U0DANA', item.id)
    world.clock.advance(400)
    await world.processAll()
    expect((await view(id)).campaign.closedAt).not.toBeNull()
    expect(await sign('U0LEAD')).toMatchObject({ kind: 'refused', because: 'decided_in_it' })
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0ERIN']))
    expect(await sign('U0ERIN')).toMatchObject({ kind: 'signed_off' })
    expect(await sign('U0ERIN')).toMatchObject({ kind: 'signed_before' })
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD']))
    expect((await events('review.signed_off')).at(-1)?.details).toMatchObject({ open: 0 })
    const rows: ReportRow[] = []
    const filter = { from: null, to: null, userId: null, resourceId: null, requestNumber: null }
    await ports.store.reports.read(
      'review',
      {
        ...filter,
        reviewNumber: null,
        entitlementId: null,
        approverUserId: null,
        state: null,
        order: null,
        resourceIds: null,
        exceptResourceIds: [],
        now: world.clock.now(),
      },
      () => async (some) => rows.push(...some) > 0,
    )
    expect(rows.find(({ decidedBy }) => `${decidedBy}`.includes('U0LEAD'))).toMatchObject({
      person: 'carl',
      item: 'Read orders',
      decision: 'keep',
      outcome: 'there',
      signedOffBy: 'erin (U0ERIN)',
    })
  })
})

describe('the schedule', () => {
  it('starts a review once, also with two workers and after an outage', async () => {
    const rules = { ...usualReview, of: ['lease'] as const, id: 'monthly', every: 'month' as const }
    const catalog = { ...ports.catalog, reviews: new Map([['monthly', rules]]) }
    const due = () => startDueReviews({ ...ports, catalog })
    await Promise.all([due(), due()])
    await due()
    const first = await ports.store.campaigns.latestOf('monthly')
    expect(
      (await ports.store.campaigns.list(50)).filter(({ reviewId }) => reviewId === 'monthly'),
    ).toHaveLength(1)
    world.clock.advance(100 * 86_400)
    await due()
    // The one before it is open.
    expect((await ports.store.campaigns.latestOf('monthly'))?.id).toBe(first?.id)
    await world.processAll()
    await Promise.all([due(), due()])
    expect(
      (await ports.store.campaigns.list(50)).filter(({ reviewId }) => reviewId === 'monthly'),
    ).toHaveLength(2)
  })

  it('knows periods of the calendar and of a length', () => {
    const startedAt = new Date('2026-11-22T09:00:00Z')
    const latest = { startedAt, reference: 'RV-4' } as const
    expect(dueKey('quarter', null, startedAt)).toBe('2026-Q4')
    expect(dueKey('quarter', latest, new Date('2026-12-31T23:59:59Z'))).toBeNull()
    expect(dueKey('quarter', latest, new Date('2027-01-01T00:00:00Z'))).toBe('2027-Q1')
    expect(dueKey('month', latest, new Date('2026-12-01T00:00:00Z'))).toBe('2026-12')
    expect(dueKey('year', latest, new Date('2027-01-01T00:00:00Z'))).toBe('2027')
    expect(dueKey({ seconds: 86_400 }, latest, new Date('2026-11-23T08:59:59Z'))).toBeNull()
    expect(dueKey({ seconds: 86_400 }, latest, new Date('2026-11-23T09:00:00Z'))).toBe('after RV-4')
  })
})
