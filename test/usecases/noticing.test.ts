import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ActivityLook } from '../../src/domain/activity.ts'
import { MessengerError } from '../../src/domain/messenger.ts'
import { allRules, ruleOf, usually } from '../../src/domain/noticing/all-rules.ts'
import type { ActiveRule } from '../../src/domain/noticing/noticing-rules.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { lookAtLeases } from '../../src/usecases/activity/look-at-leases.ts'
import { reconcileResource } from '../../src/usecases/drift/reconcile-resource.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { acknowledgeAlert, mayAnswerAlert } from '../../src/usecases/noticing/answer-alert.ts'
import { noticeEvents } from '../../src/usecases/noticing/notice-events.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

let world: World
/** What the target shows now of every lease. */
let shows: Partial<ActivityLook>
beforeAll(async () => {
  world = await openWorld()
  Object.assign(world.target.connector, {
    activity: async (orders: readonly unknown[]) => orders.map(() => ({ ...nothing(), ...shows })),
  })
})
afterAll(() => world.close())
/** Each test begins later, where nothing was noticed. Leases of the tests before are there. */
beforeEach(async () => {
  shows = {}
  notice({})
  await noticed()
  await world.owner.sql`truncate alerts, alert_posts`
  world.channel.alerts.length = 0
  world.clock.advance(14 * 86_400)
})

function nothing(): ActivityLook {
  return {
    ...{ at: world.clock.now(), unit: 'statement', lastUsedAt: null, sessions: [], operations: [] },
    ...{ isCounted: true, refused: 0, limits: [] },
  }
}
const rows = (count: number): Partial<ActivityLook> => ({
  operations: [{ text: 'select ?', kind: 'read', objects: ['orders'], count: 1, rows: count }],
})

type Changes = Partial<Pick<ActiveRule, 'atMost' | 'audience' | 'values'>>
/** Only these rules are on. */
function notice(rules: Readonly<Record<string, Changes>>, storm = { times: 5, perSeconds: 600 }) {
  const active = allRules
    .filter(({ kind }) => kind in rules)
    .map((rule) => {
      const usual = usually(rule)
      return { ...usual, ...rules[rule.kind], values: { ...usual.values, ...rules[rule.kind]?.values } }
    })
  Object.assign(world.ports.catalog, { noticing: { rules: active, storm } })
}

async function lease(asker: PersonId = 'U0CARL', by: PersonId = 'U0DANA') {
  const { id } = await world.ask({ asker: who(asker) })
  await decideRequest(world.ports, { by: who(by), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
async function end(requestId: string, by: PersonId = 'U0CARL') {
  await releaseGrant(world.ports, { by: who(by), requestId })
  await world.processAll()
}
async function used(count: number) {
  const id = await lease()
  shows = rows(count)
  await end(id)
  shows = {}
}
/** Positions for new events, the rules, and their messages. */
async function noticed(): Promise<string[]> {
  await world.ports.record.sequence({ late: true })
  while ((await noticeEvents(world.ports)).read > 0);
  await world.processAll()
  return raised()
}
async function raised(): Promise<string[]> {
  const found = await world.database.sql<{ rule: string; headline: string; state: string }[]>`
    select rule, headline, state from alerts order by number`
  return found.map(({ rule, headline, state }) => `${rule}: ${headline} (${state})`)
}
async function firstAlert() {
  const [row] = await world.database.sql<{ id: string }[]>`select id from alerts order by number limit 1`
  const [view] = row ? await world.ports.store.noticing.alertsIn(row.id) : []
  if (!view) throw new Error('nothing was noticed')
  return view.alert
}
async function eventsOf(requestId: string): Promise<string[]> {
  const events = await world.database.sql<
    { action: string; details: { verdict?: string; because?: string } }[]
  >`
    select action, details from audit_events where request_id = ${requestId} and action like 'alert.%' order by id`
  return events.map(({ action, details }) =>
    [action, details.verdict ?? details.because].filter(Boolean).join(' '),
  )
}
const fine = (alertId: string, by: PersonId, muteSeconds: number | null = null) =>
  acknowledgeAlert(world.ports, { by: who(by), alertId, reason: 'The nightly export', muteSeconds })

// The first tests need to know of all leases before.
describe('rules about the use of a lease', () => {
  it('many-rows speaks while the lease lives, once, and only with enough leases to compare', async () => {
    notice({ 'many-rows': { values: { fewest: 4, atLeast: 500 } } })
    for (const count of [100, 110, 90]) await used(count)
    const early = await lease()
    shows = rows(50_000)
    await lookAtLeases(world.ports, 'orders-db')
    expect(await noticed()).toEqual([])
    shows = rows(120)
    world.clock.advance(61)
    await end(early)
    expect(await noticed()).toEqual([])
    const id = await lease()
    shows = rows(60_000)
    await lookAtLeases(world.ports, 'orders-db')
    await world.processAll()
    const told = ['many-rows: 60,000 rows, where 105 are usual (open)']
    expect(await raised()).toEqual(told)
    expect(world.channel.alerts.map(({ channelId }) => channelId)).toEqual(['C0SECURITY'])
    // The last look at the end shows the same.
    shows = rows(60_001)
    world.clock.advance(61)
    await end(id)
    expect(await noticed()).toEqual(told)
    expect(world.channel.alerts.at(-1)).toMatchObject({
      isEdit: true,
      message: { alerts: [{ grant: { isToBeTakenBack: false } }] },
    })
  })

  it('never-used and refused-statements speak at the end, and a look that failed proves nothing', async () => {
    notice({ 'never-used': { atMost: { times: 9, perSeconds: 60 } }, 'refused-statements': {} })
    const unused = await lease()
    world.clock.advance(3600 - 60)
    await end(unused)
    const short = await lease()
    await end(short)
    const refused = await lease()
    shows = { refused: 12, ...rows(3) }
    await end(refused)
    expect(await noticed()).toEqual([
      'never-used: Held for 59m and never used (open)',
      'refused-statements: The target refused 12 attempts (open)',
    ])
  })

  it('new-address compares with the leases of the person before, and no event holds the address', async () => {
    notice({ 'new-address': { values: { fewest: 2 } } })
    const from = async (address: string) => {
      const id = await lease()
      shows = { sessions: [{ id: address, address, openedAt: world.clock.now() }] }
      world.clock.advance(60)
      await end(id)
      return id
    }
    await from('10.0.0.7')
    await from('10.0.0.8')
    await from('10.0.0.7')
    expect(await noticed()).toEqual([])
    const id = await from('192.0.2.66')
    expect(await noticed()).toEqual([
      'new-address: Used from a new address; 2 known addresses in the 3 leases before (open)',
    ])
    const { evidence } = await firstAlert()
    expect(evidence).toContainEqual({ label: 'New address', kind: 'address', value: '192.0.2.66' })
    const leaked = await world.database.sql`
      select 1 from audit_events where request_id = ${id} and details::text like '%192.0.2.66%'`
    expect(leaked.length).toBe(0)
    // It goes with what was seen of the lease.
    await world.ports.store.activity.remove(new Date(world.clock.now().getTime() + 1), 100)
    expect((await firstAlert()).evidence.map(({ kind }) => kind)).not.toContain('address')
  })

  it('outside-hours reads the clock of the requester', async () => {
    notice({ 'outside-hours': {} })
    // The world begins on a Sunday, and each test two weeks later.
    const sunday = await lease()
    shows = { lastUsedAt: world.clock.now(), ...rows(1) }
    await end(sunday)
    expect(await noticed()).toEqual([
      expect.stringMatching(
        /^outside-hours: Used at \d{4}-\d\d-\d\d \d\d:\d\d \(Europe\/Lisbon\), outside 07:00-20:00 \(open\)$/,
      ),
    ])
    world.clock.advance(2 * 86_400)
    const tuesday = await lease()
    shows = { lastUsedAt: world.clock.now(), ...rows(1) }
    await end(tuesday)
    expect(await noticed()).toHaveLength(1)
  })
})

describe('rules about people', () => {
  it('many-requests, quick-approvals and one-approver count what they say', async () => {
    notice({
      'many-requests': { values: { fewest: 3 } },
      'quick-approvals': {},
      'one-approver': { values: { fewest: 3, within: 86_400 } },
    })
    for (let at = 0; at < 3; at += 1) await end(await lease())
    expect(await noticed()).toEqual([
      'many-requests: 3 requests within 1h (open)',
      'quick-approvals: 3 approvals within 10s of the request (open)',
      'one-approver: One approver decided all 3 approved requests of 1d (open)',
    ])
    // Nothing more is said of the same people so soon.
    await end(await lease())
    expect(await noticed()).toHaveLength(3)
  })

  it('approvals that took their time, and two approvers, are nothing to notice', async () => {
    notice({ 'quick-approvals': {}, 'one-approver': { values: { fewest: 2, within: 86_400 } } })
    for (const by of ['U0DANA', 'U0ERIN', 'U0DANA'] as const) {
      const { id } = await world.ask()
      world.clock.advance(30)
      await decideRequest(world.ports, { by: who(by), requestId: id, verdict: 'approve', reason: null })
      await world.processAll()
      await end(id)
    }
    expect(await noticed()).toEqual([])
  })
})

describe('an alert', () => {
  /** Carl holds a lease that was refused often. */
  async function refusedOften() {
    const id = await lease()
    shows = { refused: 20 }
    await lookAtLeases(world.ports, 'orders-db')
    await world.processAll()
    return id
  }

  it('is answered once, by somebody whom it is not about, and its message says so', async () => {
    notice({ 'refused-statements': { audience: 'owners' } })
    const requestId = await refusedOften()
    const { id } = await firstAlert()
    expect(world.channel.alerts.map(({ channelId }) => channelId)).toEqual(['C0SECURITY', 'C0ORDERS'])
    expect(await fine(id, 'U0CARL')).toEqual({ kind: 'refused', because: 'not_asked' })
    expect(await fine(id, 'U0PAT')).toEqual({ kind: 'refused', because: 'not_asked' })
    expect(
      await acknowledgeAlert(world.ports, { by: who('U0LEAD'), alertId: id, reason: ' ', muteSeconds: null }),
    ).toMatchObject({ kind: 'invalid' })
    const both = await Promise.all([fine(id, 'U0LEAD'), fine(id, 'U0DANA')])
    expect(both.map(({ kind }) => kind).sort()).toEqual(['acknowledged', 'answered'])
    expect(await mayAnswerAlert(world.ports, { by: who('U0LEAD'), alertId: id })).toMatchObject({
      kind: 'answered',
    })
    await world.processAll()
    expect(world.channel.alerts.slice(2)).toMatchObject(
      ['C0SECURITY', 'C0ORDERS'].map((channelId) => ({
        channelId,
        isEdit: true,
        message: { alerts: [{ alert: { state: 'acknowledged' } }] },
      })),
    )
    expect(await eventsOf(requestId)).toEqual([
      'alert.raised',
      'alert.answer_refused not_asked',
      'alert.answer_refused not_asked',
      'alert.answered fine',
    ])
    const [text] = await world.database.sql`select field from record_texts where field = 'alert_reason'`
    expect(text).toBeDefined()
  })

  it('about a lead or an owner is not answered by them, also not in the database', async () => {
    notice({ 'quick-approvals': { values: { fewest: 1 } } })
    await lease('U0CARL', 'U0DANA')
    await noticed()
    const { id } = await firstAlert()
    expect(await fine(id, 'U0DANA')).toEqual({ kind: 'refused', because: 'own' })
    await expect(
      world.database
        .sql`update alerts set state = 'acknowledged', answered_at = now(), answered_by_id = about_id,
        reason = 'mine' where id = ${id}`,
    ).rejects.toMatchObject({ constraint_name: 'alerts_not_answered_by_subject' })
    expect(await fine(id, 'U0ERIN')).toMatchObject({ kind: 'acknowledged' })
    await expect(
      world.database.sql`update alerts set reason = 'another' where id = ${id}`,
    ).rejects.toMatchObject({ constraint_name: 'alerts_answered_once' })
  })

  it('is answered by a revocation, whichever way somebody ordered it, and not by the holder', async () => {
    notice({ 'refused-statements': { atMost: { times: 9, perSeconds: 60 } } })
    const first = await refusedOften()
    await revokeNow(world.ports, { by: who('U0LEAD'), requestId: first, reason: 'It looks like a break-in' })
    await noticed()
    const second = await refusedOften()
    await end(second)
    expect(await noticed()).toEqual([
      'refused-statements: The target refused 20 attempts (revoked)',
      'refused-statements: The target refused 20 attempts (open)',
    ])
    expect(await eventsOf(first)).toEqual(['alert.raised', 'alert.answered revoked'])
    expect(world.channel.alerts.at(-1)?.message.alerts).toMatchObject([{ grant: { status: 'revoked' } }])
  })

  it('is erased with the texts of its request: reason, addresses and message, and the record still holds', async () => {
    const { record, store } = world.ports
    const faults = async () => {
      await record.sequence({ late: true })
      return record.textFaults({ from: 0, to: (await record.state()).size })
    }
    // Other cases of this file remove their alerts by hand.
    const others = await faults()
    notice({ 'new-address': { values: { fewest: 1 } } })
    const from = async (address: string) => {
      const id = await lease()
      shows = { sessions: [{ id: address, address, openedAt: world.clock.now() }] }
      world.clock.advance(60)
      await end(id)
      return id
    }
    await from('10.1.0.7')
    const requestId = await from('192.0.2.99')
    await noticed()
    await fine((await firstAlert()).id, 'U0LEAD')
    await world.processAll()
    expect(await faults()).toEqual(others)
    world.directory.groups.get('S0SECURITY')?.add('U0PAT')
    const about = (await store.histories.byRequest(requestId))?.request.reference ?? ''
    const asked = await askErasure(world.ports, { by: who('U0PAT'), about })
    const erasureId = asked.kind === 'asked' ? asked.erasureId : ''
    await answerErasure(world.ports, { by: who('U0LEAD'), erasureId, confirmed: true })
    await world.processAll()
    const told = world.channel.alerts.at(-1)
    expect(told).toMatchObject({
      isEdit: true,
      message: { alerts: [{ alert: { answer: { reason: '(erased)' } } }] },
    })
    expect(JSON.stringify(told)).not.toContain('192.0.2.99')
    expect(await faults()).toEqual(others)
  })

  it('is not raised while its rule is muted about the same', async () => {
    notice({ 'refused-statements': { atMost: { times: 9, perSeconds: 60 } } })
    await end(await refusedOften())
    await fine((await firstAlert()).id, 'U0LEAD', 7 * 86_400)
    world.clock.advance(3 * 86_400)
    await end(await refusedOften())
    expect(await noticed()).toHaveLength(1)
    world.clock.advance(5 * 86_400)
    await end(await refusedOften())
    expect(await noticed()).toHaveLength(2)
  })

  it('of a storm stand together in one message, of twenty at the most', async () => {
    notice(
      { 'many-requests': { atMost: { times: 99, perSeconds: 1 }, values: { fewest: 1 } } },
      { times: 2, perSeconds: 600 },
    )
    for (let at = 0; at < 25; at += 1) await world.ask()
    expect(await noticed()).toHaveLength(25)
    const posts = world.channel.alerts.filter(({ isEdit }) => !isEdit)
    const sizes = posts.map(
      ({ message }) => `${message.isDigest ? 'many' : 'alone'} ${message.alerts.length}`,
    )
    expect(sizes.sort()).toEqual(['alone 1', 'alone 1', 'many 20', 'many 3'])
  })

  it('is told once more where Slack refused it, and one channel that fails holds up no other', async () => {
    notice({ 'refused-statements': { audience: 'owners' } })
    await lease()
    shows = { refused: 20 }
    world.channel.state.fail = new MessengerError('unreachable', 'Slack does not answer', { retryable: true })
    await lookAtLeases(world.ports, 'orders-db')
    await world.processAll()
    expect(world.channel.alerts).toEqual([])
    world.channel.state.fail = null
    world.clock.advance(5)
    await world.processAll()
    expect(world.channel.alerts.map(({ channelId }) => channelId)).toEqual(['C0SECURITY', 'C0ORDERS'])
  })

  it('is neither lost nor repeated where processes die or read the same events', async () => {
    notice({ 'many-requests': { values: { fewest: 1 } } })
    await world.ask()
    await world.ports.record.sequence({ late: true })
    const dying: Pick<Ports, 'store' | 'clock' | 'catalog' | 'record'> = {
      ...world.ports,
      store: {
        ...world.ports.store,
        transaction: (work) =>
          world.ports.store.transaction(async (tx) => {
            await work(tx)
            throw new Error('died before the commit')
          }),
      },
    }
    await expect(noticeEvents(dying)).rejects.toThrow('died')
    expect(await raised()).toEqual([])
    await Promise.all([noticeEvents(world.ports), noticeEvents(world.ports), noticeEvents(world.ports)])
    expect(await noticed()).toEqual(['many-requests: 1 request within 1h (open)'])
  })
})

describe('rules about what security is told anyway', () => {
  it('break-glass wants an answer of somebody else', async () => {
    notice({ 'break-glass': {} })
    const { policy } = world.ports
    const onCall = `@id("on-call-may-break-glass") @reason("You are on call.")
permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`
    Object.assign(world.ports, { policy: policiesWith(onCall) })
    const taken = await breakGlass(world.ports, {
      ...{ asker: who('U0FRED'), resourceId: 'orders-db', entitlementId: 'fix-orders', duration: '15m' },
      ...{
        justification: 'The shop is down, INC-42',
        ticket: null,
        confirmed: true,
        submissionKey: randomUUID(),
      },
    })
    Object.assign(world.ports, { policy })
    expect(taken).toMatchObject({ kind: 'taken' })
    expect(await noticed()).toEqual(['break-glass: Access was taken in an emergency (open)'])
    const { id } = await firstAlert()
    expect(await fine(id, 'U0FRED')).toMatchObject({ kind: 'refused' })
    expect(await fine(id, 'U0LEAD')).toMatchObject({ kind: 'acknowledged' })
  })

  it('drift speaks once a day about the same access', async () => {
    notice({ drift: {} })
    const stray = randomUUID()
    world.target.connector.list = async function* () {
      yield { grantId: stray, detail: 'a role' }
    }
    await reconcileResource(world.ports, 'orders-db')
    await reconcileResource(world.ports, 'orders-db')
    delete (world.target.connector as { list?: unknown }).list
    expect(await noticed()).toEqual(['drift: Access that no grant accounts for at orders-db (open)'])
  })
})

describe('a rule that throws', () => {
  it('is left out, told once with its error, and delays no other rule and no event', async () => {
    notice({ 'many-requests': { values: { fewest: 1 } }, 'quick-approvals': { values: { fewest: 1 } } })
    const broken = vi
      .spyOn(ruleCalled('quick-approvals'), 'notice')
      .mockRejectedValue(new Error('no such column'))
    try {
      await lease()
      expect(await noticed()).toEqual(['many-requests: 1 request within 1h (open)'])
      await lease()
      await noticed()
      expect(broken).toHaveBeenCalled()
    } finally {
      broken.mockRestore()
    }
    const failed = world.channel.notices.filter(({ kind }) => kind === 'rule_failed')
    expect(failed).toEqual([{ kind: 'rule_failed', rule: 'quick-approvals', error: 'no such column' }])
    const events = await world.database
      .sql`select details from audit_events where action = 'alert.rule_failed'`
    expect(events).toMatchObject([{ details: { rule: 'quick-approvals', message: 'no such column' } }])
    // It works again with the next event.
    await lease()
    expect(await noticed()).toContainEqual(expect.stringContaining('quick-approvals'))
  })

  it('is not left out where the database does not answer: everything is asked again', async () => {
    notice({ 'many-requests': { values: { fewest: 1 } } })
    await world.ask()
    await world.ports.record.sequence({ late: true })
    const { store } = world.ports
    const gone = () => Promise.reject(new Error('CONNECTION_ENDED'))
    let asked = 0
    const place = () => {
      asked += 1
      return asked === 1 ? store.noticing.place() : gone()
    }
    const failing = { ...store, noticing: { ...store.noticing, place } }
    const rule = vi.spyOn(ruleCalled('many-requests'), 'notice').mockImplementation(gone)
    await expect(noticeEvents({ ...world.ports, store: failing })).rejects.toThrow('CONNECTION_ENDED')
    rule.mockRestore()
    expect(await noticed()).toEqual(['many-requests: 1 request within 1h (open)'])
  })
})

function ruleCalled(kind: string) {
  const rule = ruleOf(kind)
  if (!rule) throw new Error(`no rule ${kind}`)
  return rule
}
