import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createDatabaseClock } from '../../src/db/clock.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { type FreshDatabase, freshDatabase } from '../_database.ts'

let fresh: FreshDatabase
let database: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  database = openDatabase(fresh.url)
})
afterAll(async () => {
  vi.useRealTimers()
  await fresh.drop()
})

async function databaseNow(): Promise<number> {
  const [row] = await database.sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`
  return row?.ms
}

async function expectInStep(clock: { now(): Date }) {
  const [before, told, after] = [await databaseNow(), clock.now().getTime(), await databaseNow()]
  expect(told).toBeGreaterThan(before - 20)
  expect(told).toBeLessThan(after + 20)
}

it('the clock is the database’s, whatever the machine’s own is set to', async () => {
  const clock = await createDatabaseClock(database)
  await expectInStep(clock)
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01') })
  await expectInStep(clock)
  await clock.resync()
  await expectInStep(clock)
  vi.useRealTimers()
})

it('a clock whose resync fails keeps its offset', async () => {
  const lost = openDatabase(fresh.url)
  const clock = await createDatabaseClock(lost)
  await lost.close()
  await expect(clock.resync()).rejects.toThrow()
  await expectInStep(clock)
})

it('ping rejects when Postgres does not answer', async () => {
  await database.ping()
  const closed = openDatabase(fresh.url)
  await closed.close()
  await expect(closed.ping()).rejects.toThrow()
})
