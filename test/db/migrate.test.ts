import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { DatabaseTooNew, migrateDatabase } from '../../src/db/migrate.ts'
import { emptyDatabase, type FreshDatabase } from '../_database.ts'

let empty: FreshDatabase
beforeEach(async () => {
  empty = await emptyDatabase()
})
afterEach(() => empty.drop())

async function migrations() {
  const database = openDatabase(empty.url)
  const rows = await database.sql`select id, created_at from drizzle.__drizzle_migrations order by id`
  await database.close()
  return rows.map((row) => row.createdAt)
}

it('five that start at once migrate once', async () => {
  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(empty.url)))
  const applied = await migrations()
  expect(applied.length).toBeGreaterThanOrEqual(4)
  expect(new Set(applied).size).toBe(applied.length)
})

it('a second start changes nothing', async () => {
  await migrateDatabase(empty.url)
  const before = await migrations()
  await migrateDatabase(empty.url)
  expect(await migrations()).toEqual(before)
})

it('a database of a later version is refused', async () => {
  await migrateDatabase(empty.url)
  const database = openDatabase(empty.url)
  await database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`
  await database.close()
  const start = migrateDatabase(empty.url)
  await expect(start).rejects.toThrow(DatabaseTooNew)
  await expect(start).rejects.toThrow('1 migration(s) that this version of Daypass does not know')
})
