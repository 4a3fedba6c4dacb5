import postgres from 'postgres'
import { beforeAll, expect, it } from 'vitest'
import { consistencyRanges, provesConsistency } from '../../src/domain/record/merkle.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

let world: RecordWorld
beforeAll(async () => {
  world = await openRecordWorld()
  return world.close
})

const insertEvent = `insert into audit_events (at, action, details) values (now(), 'people.imported', '{}') returning id`

it('events get positions without gaps, in the order of their ids, and each one once', async () => {
  await world.append(700)
  await Promise.all([world.sequence(), world.sequence(), world.sequence()])
  const rows = await world.database.sql`
    select position::integer, event_id::integer from record_leaves order by position`
  expect(rows.map(({ position }) => position)).toEqual(rows.map((_, n) => n))
  const ids = rows.map(({ eventId }) => eventId)
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect((await world.record.state()).size).toBe(rows.length)
  expect(await world.check()).toMatchObject({ size: rows.length, faults: [] })
})

it('an event that is committed after later ones is not passed over, however late', async () => {
  const slow = postgres(world.databaseUrl, { max: 1, onnotice: () => {} })
  let commit = () => {}
  const held = new Promise<void>((resolve) => {
    commit = resolve
  })
  let id = 0
  const inserted = new Promise<void>((resolve) => {
    void slow.begin(async (sql) => {
      id = Number((await sql.unsafe(insertEvent))[0]?.id)
      resolve()
      await held
    })
  })
  await inserted
  await world.append(3)
  await world.sequence()
  // Time passes, and the sequencer settles what it can.
  await world.owner.sql`update record_state set probed_at = probed_at - interval '1 hour'`
  await world.record.sequence({ late: true })
  await world.owner.sql`update record_state set probed_at = probed_at - interval '1 hour'`
  await world.record.sequence({ late: true })
  commit()
  await slow.end()
  await world.sequence()
  const [row] = await world.database.sql`select position from record_leaves where event_id = ${id}`
  expect(Number(row?.position)).toBe((await world.record.state()).size - 1)
})

it('a transaction that rolled back leaves no gap, and what is settled is not looked at again', async () => {
  await world.owner.sql
    .begin(async (sql) => {
      await sql.unsafe(insertEvent)
      throw new Error('rolled back')
    })
    .catch(() => {})
  await world.append(2)
  await world.sequence()
  // Other databases of this server have transactions too, and the sequencer waits for those that were there before.
  await waitUntil(async () => {
    await world.owner.sql`update record_state set probed_at = probed_at - interval '1 hour'`
    await world.record.sequence({ late: true })
    const [state] = await world.owner.sql`select seen_id = settled_id as is_settled from record_state`
    return state?.isSettled
  })
})

it('a sequencer that dies loses nothing, and the next one goes on at once', async () => {
  await world.append(5)
  const dying = postgres(world.databaseUrl, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'dying' },
  })
  // A lock of the session, which ends with it.
  await dying`select pg_advisory_lock(7226011844)`
  expect(await world.record.sequence({ late: true })).toBe(0)
  await world.owner
    .sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dying'`
  await waitUntil(async () => (await world.record.sequence({ late: true })) === 5)
  await dying.end({ timeout: 1 })
})

it('checkpoints of a growing tree are consistent, over the stored hashes', async () => {
  const before = await world.record.state()
  await world.append(1_300)
  await world.sequence()
  const after = await world.record.state()
  const proof = await world.record.hashesOf(consistencyRanges(before.size, after.size))
  expect(provesConsistency(before, after, proof)).toBe(true)
})

it('the texts of people are in no event, and a salted hash of each is', async () => {
  const { id } = await world.ask({ ticket: 'OPS-42' })
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: id,
    verdict: 'deny',
    reason: 'Use the replica',
    stage: null,
  } as never)
  const events = await world.database.sql`
    select action, said, details::text || coalesce(policy::text, '') as rest from audit_events where request_id = ${id} order by id`
  expect(events.map(({ action, said }) => [action, Object.keys(said ?? {})])).toEqual([
    ['request.submitted', ['ticket', 'justification']],
    ['decision.recorded', ['decision_reason']],
    ['request.denied', []],
  ])
  for (const { rest } of events) expect(rest).not.toMatch(/INC-42|OPS-42|replica/)
  await world.sequence()
  expect((await world.check()).faults).toEqual([])
})

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20))
}
