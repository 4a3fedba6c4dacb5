import { afterAll, beforeAll, expect, it } from 'vitest'
import { MessengerError } from '../../src/domain/messenger.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { lastDueAt, type ScheduledReport } from '../../src/domain/scheduled-report.ts'
import { orderDueReports } from '../../src/usecases/reports/order-reports.ts'
import { openWorld, type World } from '../_world.ts'

let world: World
let ports: Ports
const schedule: ScheduledReport = {
  ...{ id: 'late', report: 'revocations', given: { last: '7d' }, on: { every: 'day' }, hour: 8, minute: 0 },
  ...{ timeZone: 'Europe/Lisbon', channelId: 'C0SECURITY', format: 'csv', onBehalfOf: 'U0LEAD' },
}
const useSchedule = (changes: Partial<ScheduledReport>) => {
  const reports = new Map([['late', { ...schedule, ...changes }]])
  Object.assign(world.ports, { catalog: { ...world.ports.catalog, reports } })
}
beforeAll(async () => {
  world = await openWorld()
  ports = world.ports
  useSchedule({})
})
afterAll(() => world.close())
const due = async () => {
  await Promise.all([orderDueReports(ports), orderDueReports(ports)])
  await world.processAll()
}
const day = 86_400

it('begins with the next time, posts each time once, and once after an outage', async () => {
  await due()
  expect(world.channel.reports).toEqual([])
  world.clock.advance(day)
  await due()
  await due()
  expect(world.channel.reports).toMatchObject([
    { to: { channelId: 'C0SECURITY' }, format: 'csv', schedule: { id: 'late', onBehalfOf: 'U0LEAD' } },
  ])
  world.clock.advance(5 * day)
  await due()
  expect(world.channel.reports).toHaveLength(2)
  const events = await world.owner
    .sql`select actor_id, details from audit_events where action = 'audit.reported'`
  expect(events).toHaveLength(2)
  expect(events[0]).toMatchObject({
    actorId: null,
    details: { report: 'revocations', schedule: 'late', channel: 'C0SECURITY', on_behalf_of: 'U0LEAD' },
  })
})

it.each([
  ['somebody who may not audit', { onBehalfOf: 'U0PAT' }, /./],
  ['a report that is not there', { report: 'nothing' }, /no report/],
  ['somebody whom Slack does not know', { onBehalfOf: 'U0NOBODY' }, /U0NOBODY/],
])('of %s is not posted, and security is told', async (_, changes, because) => {
  const before = world.channel.notices.length
  useSchedule(changes)
  world.clock.advance(day)
  await due()
  expect(world.channel.reports).toHaveLength(2)
  expect(world.channel.notices.slice(before)).toMatchObject([
    { kind: 'report_not_made', schedule: 'late', because: expect.stringMatching(because) },
  ])
})

it('is tried again while Slack does not answer', async () => {
  useSchedule({})
  world.clock.advance(day)
  world.channel.state.fail = new MessengerError('unreachable', 'Slack does not answer', { retryable: true })
  await due()
  expect(world.channel.reports).toHaveLength(2)
  world.channel.state.fail = null
  world.clock.advance(60)
  await world.processAll()
  expect(world.channel.reports).toHaveLength(3)
})

it('knows the last time at which it was due, also at a change of the clock', () => {
  const at = (on: ScheduledReport['on'], now: string, timeZone = 'Europe/Lisbon') =>
    lastDueAt({ on, hour: 8, minute: 30, timeZone }, new Date(now)).toISOString()
  expect(at({ every: 'day' }, '2026-11-22T08:29:59Z')).toBe('2026-11-21T08:30:00.000Z')
  expect(at({ every: 'week', day: 1 }, '2026-11-22T12:00:00Z')).toBe('2026-11-16T08:30:00.000Z')
  expect(at({ every: 'month', day: 28 }, '2026-03-01T12:00:00Z')).toBe('2026-02-28T08:30:00.000Z')
  // Lisbon is an hour ahead of UTC in summer.
  expect(at({ every: 'day' }, '2026-03-29T12:00:00Z')).toBe('2026-03-29T07:30:00.000Z')
  expect(at({ every: 'day' }, '2026-10-25T12:00:00Z')).toBe('2026-10-25T08:30:00.000Z')
})
