import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActivityLook } from '../../src/domain/activity.ts'
import { daypass } from '../../src/domain/audit-event.ts'
import type { ReportRow } from '../../src/domain/report.ts'
import { ofNoRequest } from '../../src/usecases/_shared/audit-events.ts'
import { searchAuditable } from '../../src/usecases/audit/search-auditable.ts'
import { reconcileResource } from '../../src/usecases/drift/reconcile-resource.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { askReport } from '../../src/usecases/reports/make-report.ts'
import type { GivenParameters } from '../../src/usecases/reports/read-parameters.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

const onCall = `@id("on-call-may-break-glass") @reason("You are on call.")
permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`

let world: World
/** The references of the requests below, by what became of them. */
const was: Record<string, string> = {}
/** Whether the target shows a use. */
let isUsed = false

/** A used lease, one that nobody used, one that was removed late, a denied request, break-glass, drift, and one that is active. */
beforeAll(async () => {
  world = await openWorld()
  const { ports, target, clock } = world
  Object.assign(ports, { policy: policiesWith(onCall) })
  const look = (): ActivityLook => ({
    ...{
      at: clock.now(),
      unit: 'statement',
      lastUsedAt: null,
      sessions: [],
      isCounted: true,
      refused: 0,
      limits: [],
    },
    operations: isUsed ? [{ text: '=select ?', kind: 'read', objects: ['orders'], count: 3, rows: 5 }] : [],
  })
  Object.assign(target.connector, {
    activity: async (orders: readonly unknown[]) => orders.map(look),
    isHeld: async ({ grantId }: { grantId: string }) => target.held.has(grantId),
  })
  was.used = await lease()
  isUsed = true
  await end(was.used)
  isUsed = false
  was.unused = await lease()
  await end(was.unused)
  was.late = await lease()
  target.breakDown(true)
  clock.advance(3_600)
  await world.processAll()
  clock.advance(600)
  target.mend()
  await world.processAll()
  was.denied = await lease('deny')
  const taken = await breakGlass(ports, {
    ...{ asker: who('U0FRED'), resourceId: 'orders-db', entitlementId: 'fix-orders', duration: '20m' },
    ...{ justification: 'Orders are stuck', ticket: null, confirmed: true, submissionKey: randomUUID() },
  })
  if (taken.kind !== 'taken') throw new Error(taken.kind)
  was.broken = taken.history.request.reference
  await world.processAll()
  was.active = await lease()
  const { rows } = await world.ports.store.histories.list(
    { scope: 'live', requesterId: null, resourceIds: null, from: null, to: null },
    { kind: 'page', page: 1 },
    10,
  )
  const active = rows.find(({ request }) => request.reference === was.active)
  target.held.delete(active?.grant?.id ?? '')
  clock.advance(60)
  await reconcileResource(ports, 'orders-db')
  await world.processAll()
})
afterAll(() => world?.close())

async function lease(verdict: 'approve' | 'deny' = 'approve'): Promise<string> {
  const { id, reference } = await world.ask()
  world.clock.advance(90)
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict, reason: 'It is so' })
  await world.processAll()
  return reference
}
async function end(reference: string): Promise<void> {
  const history = await world.ports.store.histories.byReference(reference)
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId: history?.request.id ?? '' })
  await world.processAll()
}

const ask = (name: string, given: GivenParameters = {}, by: PersonId = 'U0LEAD') =>
  askReport(world.ports, { by: who(by), name, given, format: 'slack', timeZone: 'UTC', most: 100 })
async function rowsOf(
  name: string,
  given: GivenParameters = {},
  by: PersonId = 'U0LEAD',
): Promise<ReportRow[]> {
  const answer = await ask(name, given, by)
  if (answer.kind !== 'report') throw new Error(JSON.stringify(answer))
  for (const row of answer.rows)
    expect(Object.keys(row)).toEqual(answer.report.kind.columns.map(({ key }) => key))
  return [...answer.rows]
}
const requestsIn = async (name: string, given: GivenParameters = {}) =>
  (await rowsOf(name, given)).map(({ request }) => request).toSorted()
const sorted = (...names: string[]) => names.map((name) => was[name]).toSorted()

const figureOf = async (figure: string, given: GivenParameters = {}, by: PersonId = 'U0LEAD') =>
  (await rowsOf('board', given, by)).find((row) => row.figure === figure)

describe('reports', () => {
  it('board: the figures of the period, and charts of the same moment', async () => {
    expect(await figureOf('Requests')).toMatchObject({ section: 'Access', value: 6 })
    expect(await figureOf('Denied')).toMatchObject({ value: 1 })
    expect(await figureOf('Leases that began')).toMatchObject({ value: 5 })
    expect(await figureOf('People who got access')).toMatchObject({
      value: 2,
      note: '1 of them of other companies',
    })
    expect(await figureOf('Half of the approvals came within')).toMatchObject({ value: 1.5, unit: 'min' })
    expect(await figureOf('Share of the one who approved most')).toMatchObject({
      value: 100,
      note: 'dana (U0DANA)',
    })
    expect(await figureOf('Leases that ended')).toMatchObject({ value: 3 })
    expect(await figureOf('Late')).toMatchObject({ value: 1 })
    expect(await figureOf('The longest was over by')).toMatchObject({ value: 10 })
    expect(await figureOf('Proven by a check at the target')).toMatchObject({ value: 3 })
    expect(await figureOf('Taken')).toMatchObject({ section: 'Break-glass', value: 1 })
    expect(await figureOf('Left at the targets')).toMatchObject({
      value: null,
      note: 'no access review has listed it',
    })
    expect(await figureOf('Requests', { resource: 'billing-db' })).toMatchObject({ value: 0 })
    const answer = await ask('board')
    if (answer.kind !== 'report') throw new Error(answer.kind)
    expect(answer.report.charts.map(({ name }) => name)).toEqual([
      'summary',
      'by-day',
      'time-to-approve',
      'time-over-end',
    ])
  })

  it('board: the log of all is not shown to somebody who sees a part', async () => {
    expect(await figureOf('Verifications')).toBeDefined()
    expect(await figureOf('Requests', {}, 'U0DANA')).toMatchObject({ value: 6 })
    expect(await figureOf('Verifications', {}, 'U0DANA')).toBeUndefined()
  })

  it('by-day: how many leases were open on each day', async () => {
    const counts = { began: 5, gone: 3 }
    expect(await rowsOf('by-day', { from: '2026-11-21', to: '2026-11-22' })).toEqual([
      { day: '2026-11-21', open: 0, began: 0, gone: 0 },
      { day: '2026-11-22', open: 5, ...counts },
    ])
  })

  it('requests: by state, entitlement and approver', async () => {
    const found = (given: GivenParameters) => requestsIn('requests', given)
    expect(await found({})).toEqual(sorted('active', 'broken', 'denied', 'late', 'unused', 'used'))
    expect(await found({ state: 'active' })).toEqual(sorted('active', 'broken'))
    expect(await found({ state: 'late' })).toEqual(sorted('late'))
    expect(await found({ state: 'never-used' })).toEqual(await requestsIn('never-used'))
    expect(await found({ state: 'break-glass' })).toEqual(sorted('broken'))
    expect(await found({ entitlement: 'fix-orders' })).toEqual(sorted('broken'))
    expect(await found({ approver: 'U0DANA', state: 'denied' })).toEqual(sorted('denied'))
    expect(await found({ approver: 'U0ERIN' })).toEqual([])
    expect(await found({ state: 'failed' })).toEqual([])
  })

  it('requests: in each order, and in a range with access that was open', async () => {
    const order = async (sort: string) => (await rowsOf('requests', { sort })).map(({ request }) => request)
    expect((await order('newest'))[0]).toBe(was.active)
    expect((await order('newest')).at(-1)).toBe(was.used)
    expect((await order('longest'))[0]).toBe(was.late)
    expect((await order('latest-end')).at(-1)).toBe(was.denied)
    const { clock } = world
    const justNow = new Date(clock.now().getTime() - 1_000).toISOString()
    // Asked before it, and open at that time.
    expect(await requestsIn('requests', { from: justNow })).toEqual(sorted('active', 'broken'))
    expect(await requestsIn('requests', { to: '2026-11-21' })).toEqual([])
  })

  it('the search form offers nothing to somebody who may not audit it', async () => {
    const offered = async (by: PersonId) => {
      const wanted = { asker: who(by), typed: 'read', resourceId: null, most: 10 }
      const { entitlements } = await searchAuditable(world.ports, wanted)
      return entitlements.map(({ id }) => id)
    }
    expect(await offered('U0LEAD')).toContain('read-orders')
    expect(await offered('U0DANA')).toContain('read-orders')
    expect(await offered('U0CARL')).toEqual([])
  })

  it('requests: what is wrong is said', async () => {
    const answer = await ask('requests', { state: 'gone', sort: 'oldest', from: '2026-11-01T99:00Z' })
    expect(answer).toMatchObject({
      kind: 'invalid',
      problems: [{ parameter: 'from' }, { parameter: 'state' }, { parameter: 'sort' }],
    })
  })

  it('a chart says its figures in words, and one without figures is left out', async () => {
    const charts = async (name: string, given: GivenParameters = {}) => {
      const answer = await ask(name, given)
      return answer.kind === 'report' ? answer.report.charts : []
    }
    const [summary] = await charts('summary')
    expect(summary?.words).toBe(
      'Requests by week and outcome, for 1 week from 2026-11-16. In all: 4 approved, 1 break-glass, 1 denied. Most at 2026-11-16: 6.',
    )
    const [over] = await charts('time-over-end')
    expect(over?.series.map(({ name, values }) => [name, values.reduce((a, b) => a + b, 0)])).toEqual([
      ['leases', 2],
      ['late', 1],
    ])
    expect(await charts('time-over-end', { resource: 'billing-db' })).toEqual([])
    expect(await charts('active')).toEqual([])
  })

  it('active: what a target may have now', async () => {
    expect(await requestsIn('active')).toEqual(sorted('active', 'broken'))
    expect(await requestsIn('active', { person: 'U0CARL' })).toEqual(sorted('active'))
    const [row] = await rowsOf('active', { person: 'U0CARL' })
    expect(row).toMatchObject({ state: 'active', approvedBy: 'dana (U0DANA)', resource: 'orders-db' })
  })

  it('held-on: every access that was open on the day', async () => {
    const all = sorted('active', 'broken', 'late', 'unused', 'used')
    expect(await requestsIn('held-on', { on: '2026-11-22' })).toEqual(all)
    expect(await requestsIn('held-on', { on: '2026-11-21' })).toEqual([])
    // It may still be there, and nothing has shown that it is gone.
    expect(await requestsIn('held-on', { on: '2026-12-24' })).toEqual(sorted('active', 'broken'))
  })

  it('contractor: all that happened about a person, in its order', async () => {
    const [engagement] = await world.owner.sql<{ id: string }[]>`
      select e.id from engagements e join accounts a on a.person_id = e.person_id where a.user_id = 'U0CARL'`
    await world.ports.store.transaction((tx) =>
      tx.audit.append({
        ...ofNoRequest({ kind: 'engagement', id: engagement?.id ?? '' }),
        ...{ at: world.clock.now(), actor: daypass, action: 'engagement.end_notified', details: {} },
      }),
    )
    const [last] = (await rowsOf('contractor', { person: 'U0CARL' })).slice(-1)
    expect(last).toMatchObject({
      event: 'engagement end notified',
      company: 'Mendes Consulting',
      by: 'Daypass',
    })
    // It belongs to no resource, and owners see their resources alone.
    const seen = (await rowsOf('contractor', { person: 'U0CARL' }, 'U0DANA')).map(({ event }) => event)
    expect(seen).not.toContain('engagement end notified')
    const events = (await rowsOf('contractor', { person: 'U0CARL' })).map(({ event }) => event)
    expect(events.slice(0, 4)).toEqual([
      'request submitted',
      'decision recorded',
      'request approved',
      'grant activated',
    ])
    expect(events).toContain('grant activity recorded')
    expect(events.filter((event) => event === 'request submitted')).toHaveLength(5)
    expect(await rowsOf('contractor', { person: 'U0FRED', to: '2026-11-21' })).toEqual([])
  })

  it('approver: the decisions, and how long they took', async () => {
    expect(await requestsIn('approver', { person: 'U0DANA' })).toEqual(
      sorted('active', 'denied', 'late', 'unused', 'used'),
    )
    const [row] = await rowsOf('approver', { person: 'U0DANA' })
    expect(row).toMatchObject({ secondsToDecide: 90, verdict: 'approve', risk: 'low', person: 'carl' })
    expect(await rowsOf('approver', { person: 'U0ERIN' })).toEqual([])
  })

  it('revocations: what was late, by how much, and why', async () => {
    const rows = await rowsOf('revocations')
    expect(rows.map(({ request }) => request)).toEqual([was.late])
    expect(rows[0]).toMatchObject({ failures: 1, state: 'ended', failure: 'The target does not answer.' })
    expect(rows[0]?.secondsOver).toBeGreaterThanOrEqual(600)
  })

  it('drift, break-glass, removed', async () => {
    expect(await rowsOf('drift')).toMatchObject([{ request: was.active, found: 'missing' }])
    expect(await rowsOf('break-glass')).toMatchObject([
      { request: was.broken, review: 'open', person: 'fred' },
    ])
    const removed = await rowsOf('removed')
    expect(removed.map(({ request }) => request)).toEqual([was.used, was.unused, was.late])
    expect(removed[0]).toMatchObject({ proof: 'real', check: 'seen gone', cause: 'released' })
  })

  it('never-used: only where the target counts, or says that it sees little', async () => {
    const rows = await rowsOf('never-used')
    expect(rows.map(({ request, use }) => [request, use])).toEqual([
      [was.late, 'never used'],
      [was.unused, 'never used'],
    ])
  })

  it('summary: what became of the requests of a week, and how its leases ended', async () => {
    // A Sunday and the day after, so two weeks at most; all requests are of the first.
    expect(await rowsOf('summary')).toEqual([
      {
        ...{ week: '2026-11-16', requests: 6, approved: 5, denied: 1, cancelled: 0, expired: 0, pending: 0 },
        ...{ breakGlass: 1, ended: 3, late: 1 },
      },
    ])
    expect(await rowsOf('summary', { resource: 'nothing' })).toEqual([])
  })

  it('time-to-approve and time-over-end: every step has a row, and together they are all', async () => {
    const approvals = await rowsOf('time-to-approve')
    expect(approvals.map(({ within, requests }) => [within, requests]).slice(0, 3)).toEqual([
      ['1 minute', 0],
      ['5 minutes', 4],
      ['15 minutes', 0],
    ])
    expect(approvals.at(-1)).toEqual({ within: 'over 8 hours', requests: 0, share: 0, upToHere: 100 })
    const ends = await rowsOf('time-over-end')
    const counted = Object.fromEntries(ends.map(({ within, leases }) => [within, leases]))
    expect(counted).toMatchObject({ '5 seconds': 2, '15 minutes': 1, 'over 4 hours': 0 })
    expect(ends.find(({ within }) => within === '15 minutes')).toMatchObject({ share: 33.3, upToHere: 100 })
    // Nothing on record: no share of nothing.
    expect((await rowsOf('time-over-end', { resource: 'nothing' }))[0]).toMatchObject({
      leases: 0,
      share: null,
    })
  })

  it('population: all that was granted or removed', async () => {
    const rows = await rowsOf('population')
    expect(rows.map(({ request }) => request)).toEqual(sorted('used', 'unused', 'late', 'broken', 'active'))
    expect(rows[0]).toMatchObject({
      approvedBy: 'dana (U0DANA)',
      cause: 'released',
      proof: 'real',
      secondsOver: 0,
    })
    expect(rows.at(-1)).toMatchObject({ removedAt: null, proof: null })
    expect(await rowsOf('population', { to: '2026-11-21' })).toEqual([])
  })

  it('vendors: the windows of third parties, with their company and use', async () => {
    const rows = await rowsOf('vendors')
    expect(rows.map(({ request }) => request)).toEqual(
      ['active', 'late', 'unused', 'used'].map((name) => was[name]),
    )
    expect(rows[3]).toMatchObject({
      ...{
        company: 'Mendes Consulting',
        person: 'carl',
        state: 'revoked',
        closedBy: 'released',
        use: 'used',
      },
      ...{ approvedBy: 'dana (U0DANA)', sponsor: 'pat (U0PAT)' },
    })
    expect(rows[1]?.hours).toBeGreaterThan(1)
  })

  it('activity: what was done during a lease', async () => {
    expect(await rowsOf('activity', { request: was.used ?? '' })).toMatchObject([
      { operation: '=select ?', kind: 'read', count: 3, rows: 5, objects: 'orders' },
    ])
  })

  it('every question is on record, also one that was refused, and nobody sees more than they may', async () => {
    expect(await ask('active', {}, 'U0CARL')).toMatchObject({ kind: 'refused' })
    await rowsOf('active', {}, 'U0DANA')
    const questions = await rowsOf('questions')
    expect(questions.slice(0, 3).map(({ by, event }) => [by, event])).toEqual([
      ['lead (U0LEAD)', 'audit reported'],
      ['dana (U0DANA)', 'audit reported'],
      ['carl (U0CARL)', 'audit refused'],
    ])
    // Questions belong to no resource, and owners see their resources alone.
    expect(await rowsOf('questions', {}, 'U0DANA')).toEqual([])
  })

  it.each([
    ['nothing', {}, null, /There is no report `nothing`/],
    ['never-use', {}, null, /Did you mean never-used/],
    ['held-on', {}, 'on', /needs a day/],
    ['active', { from: '2026-11-01' }, 'from', /takes no `from`/],
    ['approver', { person: 'erin' }, 'person', /Slack user id/],
    ['approver', { from: '2026-02-30' }, 'from', /is no day/],
    ['approver', { from: '2026-11-02', to: '2026-11-01' }, 'to', /ends before it begins/],
    ['approver', { from: '2026-11-02', last: '3d' }, 'last', /not both/],
    ['activity', { request: '12' }, 'request', /AR-1042/],
  ] as const)('%s %o is answered with what is wrong', async (name, given, parameter, message) => {
    const answer = await ask(name, given)
    expect(answer).toMatchObject({
      kind: 'invalid',
      problems: [{ parameter, message: expect.stringMatching(message) }],
    })
  })
})
