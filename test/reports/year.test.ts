import { addDays } from 'date-fns/addDays'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeCompany } from '../../fixtures/year/people.ts'
import { createRandom } from '../../fixtures/year/random.ts'
import { makeYear } from '../../fixtures/year/year.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { createStore } from '../../src/db/store.ts'
import { checkRecord } from '../../src/usecases/record/verify-record.ts'
import { type FreshDatabase, freshDatabase } from '../_database.ts'
import { newMemory, newSigner } from '../record/_record-world.ts'

const from = new Date('2026-03-02T00:00:00Z')
const days = 7

let place: FreshDatabase
let database: Database
let made: Awaited<ReturnType<typeof makeYear>>
beforeAll(async () => {
  place = await freshDatabase()
  database = openDatabase(place.url)
  const data = {
    ...{ database, store: createStore(database), outbox: createOutbox(database) },
    record: createRecord(database),
  }
  const size = { people: 50, days, requestsPerDay: 2, seed: 7, from }
  made = await makeYear(data, { ...size, signer: newSigner(), memory: newMemory() })
})
afterAll(async () => {
  await database?.close()
  await place?.drop()
})

it('a week of a small company: what was asked is on record, at times of that week', async () => {
  const submitted = made.counts.get('ask submitted') ?? 0
  expect(submitted).toBeGreaterThan(5)
  const [found] =
    await database.sql`select count(*)::int as requests, min(submitted_at) >= ${from} and max(submitted_at) < ${addDays(from, days)} as within
    from requests where asks_for_kind = 'entitlement' and how <> 'break_glass'`
  expect(found).toEqual({ requests: submitted, within: true })
})

it('no lease outlived its end, and nothing is left to do', async () => {
  const over =
    await database.sql`select from grants where status in ('active', 'revoking') and lease_ends_at < ${addDays(from, days)}`
  expect(over.length).toBe(0)
  const left =
    await database.sql`select kind from outbox where done_at is null and due_at < ${addDays(from, days)}`
  expect([...left]).toEqual([])
})

it('the record holds, and was signed', async () => {
  const { faults, checkedCheckpoints } = await checkRecord(
    made.ports,
    { scope: 'whole', from: 0 },
    { notes: [], key: null },
  )
  expect([faults, checkedCheckpoints]).toEqual([[], 1])
})

it('the same seed is the same company, and another seed another one', () => {
  const company = (seed: number) => JSON.stringify(makeCompany(createRandom(seed), 50, days).contractors)
  expect(company(7)).toBe(company(7))
  expect(company(8)).not.toBe(company(7))
})
