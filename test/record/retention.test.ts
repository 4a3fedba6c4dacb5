import { beforeEach, expect, it } from 'vitest'
import { removeOldEvents } from '../../src/usecases/record/remove-old-events.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

const day = 86_400
let world: RecordWorld
/** The world's clock is before the database's, so that events can be old. 8 imports, a key, a year, 2 imports; all signed. */
beforeEach(async () => {
  world = await openRecordWorld()
  world.clock.advance((Date.parse('2024-01-01T09:00:00Z') - world.clock.now().getTime()) / 1000)
  await world.append(8)
  await world.sequence()
  await world.sign()
  world.clock.advance(365 * day)
  await world.append(2)
  await world.sequence()
  await world.sign()
  return world.close
})

const keep = (events: string[], days: number) => {
  const rules = {
    publishEverySeconds: 900,
    places: [],
    verifyEverySeconds: 3600,
    verifyWholeEverySeconds: day,
  }
  const record = { ...rules, keep: [{ events, keepSeconds: days * day }] }
  return removeOldEvents({ ...world.ports, catalog: { ...world.ports.catalog, record } })
}

it('old events go and their hashes stay: the whole record is sound, and says what was removed', async () => {
  const before = await world.record.state()
  expect(await keep(['people.*'], 100)).toEqual({ removed: 8, kept: {} })
  expect(await keep(['people.*'], 100)).toEqual({ removed: 0, kept: {} })
  await world.sequence()
  await world.sign()
  const report = await world.verify()
  expect(report.faults).toEqual([])
  expect(report.removed).toMatchObject([{ rule: 'people.*: 100 days', count: 8 }])
  const [event] = await world.database.sql`select details from audit_events where action = 'record.removed'`
  expect(event?.details).toMatchObject({ count: 8, positions: [[0, 7]], before: '2024-09-22T09:00:00.000Z' })
  expect((await world.record.checkpoints(before.size))[0]?.size).toBe(before.size)
  // The guards are back.
  await expect(world.owner.sql`delete from audit_events`).rejects.toThrow(/append-only/)
})

it('an event that somebody deletes by hand is found beside those that retention removed', async () => {
  await keep(['people.*'], 100)
  await world.tamper(
    'delete from audit_events where id = (select event_id from record_leaves where position = 9)',
  )
  await world.sequence()
  expect((await world.check()).faults).toEqual([{ position: 9, what: 'the event is gone' }])
})

it('a removal that somebody invents does not cover a young event', async () => {
  const forged = (before: string) =>
    `insert into audit_events (at, action, details) values ('2025-01-02T09:00:00Z', 'record.removed',
      '{"rule": "all", "before": "${before}", "count": 1, "positions": [[10, 10]]}')`
  const gone = 'delete from audit_events where id = (select event_id from record_leaves where position = 10)'
  await world.tamper(forged('2025-01-01T09:00:00.000Z'), forged('2024-09-01T09:00:00.000Z'), gone)
  await world.sequence()
  expect((await world.check()).faults.map(({ what }) => what)).toEqual([
    'the event is gone, and was too young to be removed',
    'a removal names events that were too young for one',
  ])
})

it('nor does one cover the first event after a long pause', async () => {
  // Before position 9 everything is a year older.
  const forged = `insert into audit_events (at, action, details) values ('2025-01-02T09:00:00Z', 'record.removed',
    '{"rule": "all", "before": "2024-09-01T09:00:00.000Z", "count": 1, "positions": [[9, 9]]}')`
  const gone = 'delete from audit_events where id = (select event_id from record_leaves where position = 9)'
  await world.tamper(forged, gone)
  await world.sequence()
  expect((await world.check()).faults).toEqual([
    { position: 9, what: 'the event is gone, and was too young to be removed' },
  ])
})

it('retention leaves the newest of the old events, goes on when it is older, and removes by several rules', async () => {
  expect(await keep(['people.*'], 364)).toMatchObject({ removed: 8 })
  world.clock.advance(100 * day)
  await world.append(1)
  world.clock.advance(100 * day)
  await world.append(1)
  await world.sequence()
  await world.sign()
  expect(await keep(['people.*'], 150)).toMatchObject({ removed: 2 })
  expect(await keep(['people.*'], 100)).toMatchObject({ removed: 0 })
  world.clock.advance(120 * day)
  await world.append(1)
  await world.sequence()
  await world.sign()
  expect(await keep(['people.imported'], 100)).toMatchObject({ removed: 2 })
  await world.sequence()
  const report = await world.check()
  expect(report.faults).toEqual([])
  expect(report.removed.map(({ rule, count }) => `${rule} ${count}`)).toEqual([
    'people.*: 364 days 8',
    'people.*: 150 days 2',
    'people.imported: 100 days 2',
  ])
})

it('the application cannot remove young events, those that a verification needs, or what is not signed', async () => {
  const { record, clock } = world
  const remove = (actions: ('people.imported' | 'record.began')[], before: Date) =>
    record.removeEvents({ rule: 'x', actions, before, at: clock.now(), most: 10, after: 0 })
  const old = new Date(clock.now().getTime() - 100 * day * 1000)
  await expect(remove(['people.imported'], clock.now())).rejects.toThrow(/90 days/)
  await expect(remove(['record.began'], old)).rejects.toThrow(/needs these events/)
  await expect(world.database.sql`delete from audit_events`).rejects.toThrow()
  clock.advance(-300 * day)
  await world.append(1)
  await world.sequence()
  clock.advance(300 * day)
  expect(await remove(['people.imported'], old)).toMatchObject({ removed: 8 })
  expect(await remove(['people.imported'], old)).toMatchObject({ removed: 0, last: null })
})
