import { beforeAll, expect, it } from 'vitest'
import { addFavourite } from '../../src/usecases/favourites/change-favourites.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { acknowledgeFaults } from '../../src/usecases/record/acknowledge-faults.ts'
import { proveRequest } from '../../src/usecases/record/prove-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

let world: RecordWorld
beforeAll(async () => {
  world = await openRecordWorld()
  world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
  return world.close
})

const erasureOf = async (about: string, by = 'U0LEAD') => {
  const answer = await askErasure(world.ports, { by: who(by), about })
  if (answer.kind !== 'asked') throw new Error(answer.kind)
  return answer.erasureId
}
const answer = (erasureId: string, by: string, confirmed = true) =>
  answerErasure(world.ports, { by: who(by), erasureId, confirmed })
const everyText = async () => {
  const rows = await world.owner.sql`
    select json_agg(r)::text || coalesce((select json_agg(d)::text from decisions d), '') ||
      coalesce((select json_agg(t)::text from record_texts t), '') || (select json_agg(e)::text from audit_events e) as text
    from requests r`
  return String(rows[0]?.text)
}

it('texts are erased when a second security lead confirms it, and every proof holds as before', async () => {
  const request = await world.ask({ ticket: 'OPS-42' })
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'deny',
    reason: 'Ask Mendes himself',
  })
  await world.processAll()
  await world.sequence()
  await world.sign()
  const before = await proveRequest(world.record, request)
  expect(before?.events.map(({ holds }) => holds)).toEqual([true, true, true])
  expect(before?.texts.map(({ field, opened }) => [field, opened?.text]).toSorted()).toEqual([
    ['decision_reason', 'Ask Mendes himself'],
    ['justification', 'Fixing the totals of INC-42'],
    ['ticket', 'OPS-42'],
  ])
  expect(await everyText()).toMatch(/INC-42.*Mendes/s)

  const erasureId = await erasureOf(request.reference)
  await world.processAll()
  expect(world.channel.notices.at(-1)).toMatchObject({ kind: 'erasure_asked', about: request.reference })
  expect(await answer(erasureId, 'U0LEAD')).toEqual({ kind: 'refused', because: 'own' })
  expect(await answer(erasureId, 'U0DANA')).toEqual({ kind: 'refused', because: 'not_lead' })
  const [first, second] = await Promise.all([answer(erasureId, 'U0PAT'), answer(erasureId, 'U0PAT')])
  expect([first.kind, second.kind].toSorted()).toEqual(['answered_before', 'erased'])
  expect([first, second]).toContainEqual({ kind: 'erased', texts: 3, kept: [] })

  expect(await everyText()).not.toMatch(/INC-42|OPS-42|Mendes himself/)
  await world.processAll()
  expect(world.channel.latest(request.id, 'card')?.history.request).toMatchObject({
    justification: '(erased)',
    ticket: '(erased)',
  })
  await world.sequence()
  await world.sign()
  const after = await proveRequest(world.record, request)
  expect(after?.events.slice(0, 3).map(({ holds, event }) => [holds, event])).toEqual(
    before?.events.map(({ holds, event }) => [holds, event]),
  )
  expect(after?.texts.every(({ opened }) => opened === null)).toBe(true)
  expect(await world.verify()).toMatchObject({ faults: [] })
  const events = await world.database.sql`
    select action, details - 'erasure' as details from audit_events where action like 'erasure.%' order by id`
  expect(events.map(({ action }) => action)).toEqual([
    'erasure.asked',
    'erasure.refused',
    'erasure.refused',
    'erasure.confirmed',
  ])
})

it('the guards of the rows are as before, after an erasure', async () => {
  await expect(world.owner.sql`update requests set justification = 'x'`).rejects.toMatchObject({
    constraint_name: expect.stringMatching(/^requests_/),
  })
  await expect(world.owner.sql`update decisions set reason = 'x'`).rejects.toMatchObject({ code: '23001' })
  await expect(world.owner.sql`update record_texts set salt = 'x'`).rejects.toMatchObject({ code: '23001' })
  const rows = await world.owner.sql`
    select count(*)::integer as count from pg_trigger where not tgisinternal and tgenabled = 'D'`
  expect(rows[0]?.count).toBe(0)
  const always = await world.owner.sql`
    select tgname from pg_trigger where tgenabled = 'A' and tgrelid = 'decisions'::regclass order by tgname`
  expect(always.map(({ tgname }) => tgname)).toEqual(['decisions_append_only', 'decisions_append_only_row'])
})

it('Postgres refuses an erasure that one person makes, or that nobody confirmed', async () => {
  const erasureId = await erasureOf('U0CARL')
  const { sql } = world.database
  const byOne = sql`update erasures set confirmed_at = now(), confirmed_by_id = asked_by_id where id = ${erasureId}`
  await expect(byOne).rejects.toMatchObject({ constraint_name: 'erasures_by_two_people' })
  await expect(sql`select erase_texts(${erasureId})`).rejects.toMatchObject({
    constraint_name: 'erasures_confirmed_first',
  })
  expect(await answer(erasureId, 'U0PAT', false)).toEqual({ kind: 'declined' })
  await expect(
    sql`update erasures set declined_at = null, declined_by_id = null where id = ${erasureId}`,
  ).rejects.toMatchObject({
    constraint_name: 'erasures_answered_once',
  })
})

it('an erasure of a person covers what they typed, and what others typed on their requests', async () => {
  const { id } = await world.ask({ justification: 'Looking for Carl’s own words' })
  const { owner } = world
  const check = { trackerId: 'jira', trackerName: 'Jira', key: 'OPS-7', found: null, outcome: 'unavailable' }
  await owner.sql`alter table requests disable trigger requests_keep_terms`
  await owner.sql`update requests set ticket_check = ${JSON.stringify(check)} where id = ${id}`
  await owner.sql`alter table requests enable trigger requests_keep_terms`
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: id,
    verdict: 'deny',
    reason: 'About Carl',
  })
  expect(await everyText()).toMatch(/OPS-7/)
  expect(await answer(await erasureOf('U0CARL'), 'U0PAT')).toEqual({ kind: 'erased', texts: 2, kept: [] })
  expect(await everyText()).not.toMatch(/own words|About Carl|OPS-7/)
  await world.sequence()
  expect((await world.check()).faults).toEqual([])
})

it('an erasure covers why a person made a freeze', async () => {
  const named = { kind: 'resource', resourceId: 'orders-db' } as const
  await makeFreeze(world.ports, { by: who('U0LEAD'), named, reason: 'Mendes again', until: '1h' })
  const reasons = () => world.owner.sql`select reason from freezes`
  expect(await reasons()).toMatchObject([{ reason: 'Mendes again' }])
  await answer(await erasureOf('U0LEAD', 'U0PAT'), 'U0LEAD')
  expect(await reasons()).toMatchObject([{ reason: '(erased)' }])
})

it('an erasure of a person covers the names of their passkeys, and of nobody else’s', async () => {
  const { owner } = world
  for (const userId of ['U0DANA', 'U0LEAD']) {
    const [account] = await owner.sql`select person_id from accounts where user_id = ${userId}`
    await owner.sql`insert into passkeys (person_id, name, credential_id, public_key, counter, transports, ground, added_at)
      values (${account?.personId}, ${`The phone of ${userId}`}, ${userId}, 'key', 0, '{}', 'code', now())`
  }
  expect(await answer(await erasureOf('U0DANA'), 'U0PAT')).toEqual({ kind: 'erased', texts: 1, kept: [] })
  expect(await owner.sql`select name from passkeys order by credential_id`).toMatchObject([
    { name: '(erased)' },
    { name: 'The phone of U0LEAD' },
  ])
})

it('an erasure of a person removes their favourites, and those of nobody else', async () => {
  const favourite = { resourceId: 'orders-db', entitlementId: 'read-orders' }
  for (const userId of ['U0DANA', 'U0LEAD'])
    expect(await addFavourite(world.ports, { by: who(userId), favourite })).toBe('added')
  await answer(await erasureOf('U0DANA'), 'U0PAT')
  expect(await world.owner.sql`select user_id from favourites join accounts using (person_id)`).toMatchObject(
    [{ userId: 'U0LEAD' }],
  )
})

it('somebody who is no security lead asks for nothing, and acknowledges nothing', async () => {
  expect(await askErasure(world.ports, { by: who('U0DANA'), about: 'AR-1001' })).toEqual({ kind: 'refused' })
  expect(await askErasure(world.ports, { by: who('U0LEAD'), about: 'AR-99999' })).toEqual({ kind: 'unknown' })
  const until = world.clock.now()
  expect(await acknowledgeFaults(world.ports, { by: who('U0DANA'), until })).toEqual({ kind: 'refused' })
  expect(await acknowledgeFaults(world.ports, { by: who('U0LEAD'), until })).toEqual({ kind: 'nothing_open' })
})

it('a fault that a security lead acknowledged is not told again, and another one is', async () => {
  await world.append(5)
  await world.sequence()
  await world.sign()
  const edit = (n: number) =>
    world.tamper(`update audit_events set details = '{"n": ${n}}' where id =
      (select max(event_id) - ${n} from record_leaves)`)
  const told = () => world.channel.notices.filter(({ kind }) => kind === 'record_faulty').length
  await edit(1)
  await world.verify()
  await world.processAll()
  expect(told()).toBe(1)
  const acknowledged = await acknowledgeFaults(world.ports, { by: who('U0LEAD'), until: world.clock.now() })
  expect(acknowledged).toEqual({ kind: 'acknowledged', count: 1 })
  await world.verify()
  await world.processAll()
  expect(told()).toBe(1)
  await edit(2)
  await world.verify()
  await world.processAll()
  expect(told()).toBe(2)
})
