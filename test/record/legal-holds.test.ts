import { beforeAll, expect, it } from 'vitest'
import type { NamedHoldScope } from '../../src/domain/record/legal-hold.ts'
import { auditHistoryAnswer } from '../../src/slack/features/audit/history.ts'
import { answerLift, askLift } from '../../src/usecases/holds/lift-hold.ts'
import { placeHold } from '../../src/usecases/holds/place-hold.ts'
import { seeHolds } from '../../src/usecases/holds/see-holds.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { proveRequest } from '../../src/usecases/record/prove-request.ts'
import { removeOldEvents } from '../../src/usecases/record/remove-old-events.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

const day = 86_400
let world: RecordWorld
let carls: { id: string; reference: string }
let guests: { id: string; reference: string }

/** Two denied requests of 2024 by two people, and three events of no request. The world's clock is before the database's. */
beforeAll(async () => {
  world = await openRecordWorld()
  world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
  const { sql } = world.owner
  await sql`alter table engagements disable trigger all`
  await sql`update engagements set starts_at = '2023-01-01T00:00:00Z'`
  await sql`alter table engagements enable trigger all`
  world.clock.advance((Date.parse('2024-01-01T09:00:00Z') - world.clock.now().getTime()) / 1000)
  await world.append(3)
  carls = await denied('U0CARL')
  guests = await denied('U0GUEST')
  // Retention leaves the newest of the old events.
  await world.append(1)
  world.clock.advance(400 * day)
  await world.append(1)
  await world.sequence()
  await world.sign()
  return world.close
})

async function denied(asker: string) {
  const { id, reference } = await world.ask({ asker: who(asker), justification: `Words of ${asker}` })
  const decision = { by: who('U0DANA'), requestId: id, verdict: 'deny', reason: `No to ${asker}` } as const
  await decideRequest(world.ports, decision)
  await world.processAll()
  return { id, reference }
}
async function place(named: NamedHoldScope, days: { from?: string; to?: string } = {}) {
  const [from, to] = [days.from, days.to].map((at) => (at === undefined ? null : new Date(at)))
  const wanted = { by: who('U0LEAD'), named, reason: 'Case 42', from: from ?? null, to: to ?? null }
  const answer = await placeHold(world.ports, wanted)
  if (answer.kind !== 'placed') throw new Error(JSON.stringify(answer))
  return answer.hold
}
async function lift(reference: string) {
  await askLift(world.ports, { by: who('U0LEAD'), reference })
  return answerLift(world.ports, { by: who('U0PAT'), reference, confirmed: true })
}
const retention = (events: string[] = ['*']) => {
  const rules = {
    publishEverySeconds: 900,
    places: [],
    verifyEverySeconds: 3600,
    verifyWholeEverySeconds: day,
  }
  const record = { ...rules, keep: [{ events, keepSeconds: 100 * day }] }
  return removeOldEvents({ ...world.ports, catalog: { ...world.ports.catalog, record } })
}
async function erase(about: string) {
  const asked = await askErasure(world.ports, { by: who('U0LEAD'), about })
  if (asked.kind !== 'asked') throw new Error(asked.kind)
  const { erasureId } = asked
  return { asked, answer: await answerErasure(world.ports, { by: who('U0PAT'), erasureId, confirmed: true }) }
}
const actionsOf = async ({ id }: { id: string }) => {
  const rows = await world.owner
    .sql`select action from audit_events where request_id = ${id} and action not like 'hold.%' order by id`
  return rows.map(({ action }) => action)
}
const textsOf = async ({ id }: { id: string }) => {
  const rows = await world.owner.sql`
    select r.justification, d.reason from requests r join decisions d on d.request_id = r.id where r.id = ${id}`
  return rows.map(({ justification, reason }) => [justification, reason])
}
const everything = ['request.submitted', 'decision.recorded', 'request.denied']

it('an erasure leaves what a hold covers, says which hold, and erases the rest', async () => {
  const hold = await place({ kind: 'request', reference: carls.reference as `AR-${number}` })
  const { asked, answer } = await erase('U0DANA')
  const kept = [{ reference: hold.reference, requests: [carls.reference] }]
  expect(asked.kept).toEqual(kept)
  expect(answer).toEqual({ kind: 'erased', texts: 1, kept })
  expect(await textsOf(carls)).toEqual([['Words of U0CARL', 'No to U0CARL']])
  expect(await textsOf(guests)).toEqual([['Words of U0GUEST', '(erased)']])
  expect((await erase('U0CARL')).answer).toEqual({ kind: 'erased', texts: 0, kept })
  const [event] = await world.owner.sql`
    select details from audit_events where action = 'erasure.confirmed' order by id desc limit 1`
  expect(event?.details).toMatchObject({ texts: 0, kept_by_holds: { [hold.reference]: [carls.reference] } })
  await lift(hold.reference)
  expect((await erase('U0CARL')).answer).toEqual({ kind: 'erased', texts: 2, kept: [] })
})

it('retention leaves what a hold covers, says so once a day, and removes the rest; the record stays sound', async () => {
  const hold = await place({ kind: 'person', userId: 'U0CARL' })
  const { removed, kept } = await retention()
  expect(kept).toEqual({ [hold.reference]: 3 })
  expect(removed).toBeGreaterThanOrEqual(6)
  expect(await actionsOf(carls)).toEqual(everything)
  expect(await actionsOf(guests)).toEqual([])
  expect(await retention()).toEqual({ removed: 0, kept: { [hold.reference]: 3 } })
  const events = await world.owner.sql`
    select action, details from audit_events where action in ('record.removed', 'record.kept') order by id`
  expect(events).toMatchObject([
    { action: 'record.removed', details: { kept_by_holds: { [hold.reference]: 3 } } },
    {
      action: 'record.kept',
      details: { what: 'events, by the rule *: 100 days', kept_by_holds: { [hold.reference]: 3 } },
    },
  ])
  await world.sequence()
  await world.sign()
  expect((await world.verify()).faults).toEqual([])
  await lift(hold.reference)
})

it('the history and the proof of a request say how many of its events retention removed, and by which rule', async () => {
  const removed = [{ rule: '*: 100 days', count: 3 }]
  const history = await world.ports.store.histories.byReference(guests.reference)
  expect(history).toMatchObject({ events: [], removed })
  expect(await proveRequest(world.record, guests)).toMatchObject({ events: [], removed })
  const { removed: none } = (await world.ports.store.histories.byReference(carls.reference)) ?? {}
  expect(none).toBeUndefined()
  if (!history) throw new Error('no history')
  const { catalog } = world.ports
  expect(JSON.stringify(auditHistoryAnswer(history, { catalog, shared: false }).blocks)).toContain(
    '3 events were removed by the retention rule `*: 100 days`',
  )
})

it('a hold with a time covers requests that were open then, and those that come later when it has no end', async () => {
  const rows = (id: string) => world.owner.sql`select number from holds_on_request(${id})`
  for (const [days, covers] of [
    [{ from: '2024-01-02T00:00:00Z' }, false],
    [{ to: '2023-12-31T00:00:00Z' }, false],
    [{ from: '2024-01-01T00:00:00Z', to: '2024-01-01T12:00:00Z' }, true],
  ] as const) {
    const hold = await place({ kind: 'resource', resourceId: 'orders-db' }, days)
    expect([days, (await rows(carls.id)).length]).toEqual([days, covers ? 1 : 0])
    await lift(hold.reference)
  }
  const hold = await place({ kind: 'resource', resourceId: 'orders-db' }, { from: '2024-06-01T00:00:00Z' })
  expect(await rows((await world.ask()).id)).toHaveLength(1)
  await lift(hold.reference)
})

it('two security leads lift a hold, and nobody one about themselves', async () => {
  const hold = await place({ kind: 'all' })
  const { reference } = hold
  const ask = (by: string, named = reference) => askLift(world.ports, { by: who(by), reference: named })
  const answer = (by: string, confirmed = true) =>
    answerLift(world.ports, { by: who(by), reference, confirmed })
  expect(await answer('U0PAT')).toEqual({ kind: 'not_asked' })
  expect(await ask('U0DANA')).toEqual({ kind: 'refused', because: 'not_lead' })
  expect(await ask('U0LEAD', 'LH-999')).toEqual({ kind: 'unknown' })
  expect(await ask('U0LEAD')).toMatchObject({ kind: 'asked' })
  expect(await ask('U0PAT')).toMatchObject({ kind: 'asked_before' })
  expect(await answer('U0LEAD')).toEqual({ kind: 'refused', because: 'own' })
  expect(await answer('U0DANA')).toEqual({ kind: 'refused', because: 'not_lead' })
  expect(await answer('U0PAT', false)).toMatchObject({ kind: 'declined' })
  expect(await answer('U0PAT')).toEqual({ kind: 'not_asked' })
  await ask('U0LEAD')
  expect(await answer('U0PAT')).toMatchObject({ kind: 'lifted' })
  expect(await ask('U0LEAD')).toEqual({ kind: 'lifted_before' })
  const own = await place({ kind: 'person', userId: 'U0LEAD' })
  expect(await ask('U0LEAD', own.reference)).toEqual({ kind: 'refused', because: 'subject' })
  const events = await world.owner.sql`
    select action from audit_events where subject_kind = 'hold' and subject_id = ${hold.id} order by id`
  expect(events.map(({ action }) => action)).toEqual([
    'hold.placed',
    'hold.refused',
    'hold.lift_asked',
    'hold.refused',
    'hold.refused',
    'hold.lift_declined',
    'hold.lift_asked',
    'hold.lifted',
  ])
  await world.processAll()
  const told = world.channel.notices.flatMap((notice) =>
    notice.kind === 'hold' && notice.hold.reference === reference ? [notice.change] : [],
  )
  expect(told.toSorted()).toEqual(['lifted', 'placed'])
  expect(await seeHolds(world.ports, { by: who('U0DANA') })).toEqual({ kind: 'refused' })
  const seen = await seeHolds(world.ports, { by: who('U0PAT') })
  expect(seen.kind === 'list' && seen.holds[0]).toMatchObject({ reference: own.reference, reason: 'Case 42' })
})

it('bad input is refused beside its field, and nothing is placed', async () => {
  const wanted = {
    by: who('U0LEAD'),
    named: { kind: 'all' },
    reason: ' ',
    from: new Date(2),
    to: new Date(1),
  } as const
  expect(await placeHold(world.ports, wanted)).toMatchObject({
    kind: 'invalid',
    problems: [{ field: 'reason' }, { field: 'to' }],
  })
  const named = { kind: 'resource', resourceId: 'orders-dp' } as const
  const usual = { ...wanted, reason: 'Case 42', from: null, to: null }
  expect(await placeHold(world.ports, { ...usual, named })).toEqual({
    kind: 'unknown',
    message: 'There is no resource “orders-dp”. Did you mean “orders-db”?',
  })
  expect(await placeHold(world.ports, { ...usual, by: who('U0DANA') })).toEqual({ kind: 'refused' })
})

it('the application’s role alone lifts no hold, and removes nothing that one covers', async () => {
  const hold = await place({ kind: 'all' })
  const { sql } = world.database
  const idOf = async (user: string) =>
    (await sql<{ id: string }[]>`select id from accounts where user_id = ${user}`)[0] ?? { id: '' }
  const [asker, other] = [await idOf('U0LEAD'), await idOf('U0PAT')]
  const refused = (constraint_name: string) => ({ constraint_name })
  await expect(
    sql`update legal_holds set lifted_at = now(), lifted_by_id = ${other.id}, lift_asked_at = now(),
      lift_asked_by_id = ${asker.id} where id = ${hold.id}`,
  ).rejects.toMatchObject(refused('legal_holds_by_two_people'))
  await expect(
    sql`update legal_holds set lift_asked_at = now(), lift_asked_by_id = ${asker.id} where id = ${hold.id}`,
  ).rejects.toMatchObject(refused('legal_holds_on_record'))
  for (const change of [
    'reason = reason || 1',
    "to_at = '2020-01-01'",
    "scope = 'person', account_id = placed_by_id",
  ])
    await expect(
      sql.unsafe(`update legal_holds set ${change} where id = '${hold.id}'`),
    ).rejects.toMatchObject(refused('legal_holds_stay'))
  await expect(sql`delete from legal_holds`).rejects.toMatchObject(refused('legal_holds_stay'))
  await expect(sql`truncate legal_holds`).rejects.toMatchObject({ code: '42501' })
  await askLift(world.ports, { by: who('U0LEAD'), reference: hold.reference })
  await expect(
    sql`update legal_holds set lifted_at = now(), lifted_by_id = ${asker.id} where id = ${hold.id}`,
  ).rejects.toMatchObject(refused('legal_holds_by_two_people'))
  await expect(
    sql`update legal_holds set lifted_at = now(), lifted_by_id = ${other.id} where id = ${hold.id}`,
  ).rejects.toMatchObject(refused('legal_holds_on_record'))
  const { clock, record } = world
  const before = new Date(clock.now().getTime() - 100 * day * 1000)
  const removal = { rule: 'x', before, at: clock.now(), most: 10, after: 0 }
  expect(await record.removeEvents({ ...removal, actions: ['request.submitted'] })).toMatchObject({
    removed: 0,
  })
  await expect(record.removeEvents({ ...removal, actions: ['hold.lifted'] })).rejects.toThrow(
    /needs these events/,
  )
})
