import { afterEach, beforeEach, expect, it } from 'vitest'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { setAway } from '../../src/usecases/people/set-away.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { nudgeRequest } from '../../src/usecases/requests/nudge-request.ts'
import { offer } from '../_offer.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

// Dana, Erin and Fred are the owners. Lead is the substitute, from half an hour; Pat and a guest are the last resort, from an hour.

let world: World
beforeEach(async () => {
  world = await openWorld()
  const lastResort = { afterSeconds: 3600, approvers: ['U0PAT', 'U0GUEST'] }
  const substitutes = { afterSeconds: 1800, approvers: ['U0LEAD'], lastResort }
  offer(world, { approvals: { ...ownersPlan(2), substitutes } })
})
afterEach(() => world.close())

const approve = (requestId: string, by: PersonId) =>
  decideRequest(world.ports, { by: who(by), requestId, verdict: 'approve', reason: null })
const later = async (minutes: number) => {
  world.clock.advance(minutes * 60)
  await world.processAll()
}
const callsOf = async (requestId: string) =>
  (await world.ports.store.histories.byRequest(requestId))?.calls.map(({ kind, at }) => [
    kind,
    (at.getTime() - Date.parse('2026-11-22T09:00:00Z')) / 60_000,
  ])
const nudge = (requestId: string, by: PersonId = 'U0CARL') =>
  nudgeRequest(world.ports, { by: who(by), requestId })

it('calls the owners again, then the substitutes, then the last resort, and the requester sees when', async () => {
  const { id } = await world.ask()
  for (const minutes of [15, 15, 30]) await later(minutes)
  expect(await callsOf(id)).toEqual([
    ['owners', 15],
    ['substitutes', 30],
    ['last_resort', 60],
  ])
  for (const purpose of ['thread:reminder', 'thread:substitutes', 'thread:last_resort'])
    expect(world.channel.said(id)).toContain(purpose)
  expect(world.channel.latest(id, 'requester:submitted')?.history.calls).toHaveLength(3)
})

it('the resource’s own time of the reminder comes before the default', async () => {
  const { catalog } = world.ports
  const orders = catalog.resources.get('orders-db')
  if (!orders) throw new Error('no such resource')
  const resources = new Map([['orders-db', { ...orders, remindAfterSeconds: 300 }]])
  Object.assign(world.ports, { catalog: { ...catalog, resources } })
  const { id } = await world.ask()
  await later(5)
  expect(await callsOf(id)).toEqual([['owners', 5]])
})

it('I2: nobody decides before their time, and then only whom the policies permit', async () => {
  const { id } = await world.ask()
  await later(29)
  expect(await approve(id, 'U0LEAD')).toMatchObject({ kind: 'refused' })
  await later(30)
  expect(await approve(id, 'U0PAT')).toMatchObject({ kind: 'refused' })
  await later(1)
  expect(await approve(id, 'U0GUEST')).toMatchObject({
    kind: 'refused',
    policy: { sentence: expect.stringContaining('Guests') },
  })
  expect(await approve(id, 'U0PAT')).toMatchObject({ kind: 'recorded' })
  expect(await approve(id, 'U0PAT')).toMatchObject({ kind: 'repeated' })
  expect(await approve(id, 'U0CARL')).toMatchObject({ kind: 'refused' })
})

it('an answer makes all of them wait anew', async () => {
  const { id } = await world.ask()
  await later(20)
  await approve(id, 'U0DANA')
  await later(40)
  expect(await approve(id, 'U0PAT')).toMatchObject({ kind: 'refused' })
  expect((await callsOf(id))?.map(([kind]) => kind)).toEqual(['owners', 'substitutes'])
  await later(20)
  expect((await callsOf(id))?.map(([kind]) => kind)).toEqual(['owners', 'substitutes', 'last_resort'])
  expect(await approve(id, 'U0PAT')).toMatchObject({
    kind: 'recorded',
    history: { request: { status: 'approved' } },
  })
})

it('the requester may nudge once, also with two presses at once; nobody else may', async () => {
  const { id } = await world.ask()
  await world.processAll()
  for (const by of ['U0GUEST', 'U0DANA'] as const) expect(await nudge(id, by)).toEqual({ kind: 'not_yours' })
  const answers = await Promise.all([nudge(id), nudge(id)])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['nudged', 'nudged_before'])
  await world.processAll()
  expect(world.channel.said(id)).toContain('thread:nudge')
  const { sql } = world.database
  const events =
    await sql`select action, count(*)::integer as count from audit_events where action like 'request.nudge%' group by 1 order by 1`
  expect([...events]).toEqual([
    { action: 'request.nudge_refused', count: 2 },
    { action: 'request.nudged', count: 1 },
  ])
  await approve(id, 'U0DANA')
  await approve(id, 'U0ERIN')
  expect(await nudge(id)).toMatchObject({ kind: 'closed' })
})

it('I7: who is away is not called, and the requester reads until when', async () => {
  const { ports } = world
  const { id } = await world.ask()
  expect(await setAway(ports, { by: who('U0DANA'), lastDay: '2026-11-21' })).toMatchObject({
    kind: 'invalid',
  })
  await setAway(ports, { by: who('U0DANA'), lastDay: '2026-11-24' })
  await later(15)
  const text = (purpose: 'thread:reminder' | 'requester:submitted') => {
    const message = world.channel.latest(id, purpose)
    if (!message) throw new Error('not said')
    return JSON.stringify(renderMessage(message, ports.catalog))
  }
  expect(text('thread:reminder')).toContain('<!subteam^S0DBAS> AR-1001 still waits')
  expect(text('requester:submitted')).toContain('Away: <@U0DANA> until')
  await setAway(ports, { by: who('U0DANA'), lastDay: null })
  await nudge(id)
  await world.processAll()
  expect(text('requester:submitted')).not.toContain('Away:')
  // It gives nobody a right to decide, and takes none.
  expect(await approve(id, 'U0PAT')).toMatchObject({ kind: 'refused' })
  expect(await approve(id, 'U0DANA')).toMatchObject({ kind: 'recorded' })
})
