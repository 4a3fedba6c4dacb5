import { beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { activatingGrant, event } from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.owner
  await activatingGrant(opened.store)
  await opened.store.transaction((tx) => tx.audit.append(event()))
  return opened.close
})

const changes = {
  audit_events: [
    'update audit_events set at = now()',
    'delete from audit_events',
    'truncate audit_events cascade',
  ],
  decisions: ["update decisions set verdict = 'deny'", 'delete from decisions', 'truncate decisions'],
}
const refusal = (table: string) => ({
  code: '23001',
  constraint_name: `${table}_append_only`,
  message: expect.stringContaining(`${table} is append-only`),
})
const cases = Object.entries(changes).flatMap(([table, statements]) =>
  statements.map((statement) => ({ table, statement })),
)

it.each(cases)('a superuser is refused: $statement', async ({ table, statement }) => {
  await expect(database.sql.unsafe(statement)).rejects.toMatchObject(refusal(table))
})

it.each(cases)('even with ordinary triggers disabled: $statement', async ({ table, statement }) => {
  const silenced = database.sql.begin(async (sql) => {
    await sql`set local session_replication_role = replica`
    await sql.unsafe(statement)
  })
  await expect(silenced).rejects.toMatchObject(refusal(table))
})

it.each([
  'update audit_events set at = now() where false',
  'delete from audit_events where false',
  'truncate accounts cascade',
])('also what changes no row, or comes from another table: %s', async (statement) => {
  await expect(database.sql.unsafe(statement)).rejects.toMatchObject({ code: '23001' })
})

it('also a truncate of all tables together', async () => {
  const tables = await database.sql`
    select string_agg(format('%I', tablename), ', ') as names from pg_tables where schemaname = 'public'`
  await expect(database.sql.unsafe(`truncate ${tables[0]?.names}`)).rejects.toMatchObject({ code: '23001' })
})

it('the trigger for rows refuses without the trigger for statements', async () => {
  const alone = database.sql.begin(async (sql) => {
    await sql`alter table audit_events disable trigger audit_events_append_only`
    await sql`delete from audit_events`
  })
  await expect(alone).rejects.toMatchObject(refusal('audit_events'))
  expect(await database.sql`select count(*)::integer as count from audit_events`).toEqual([{ count: 1 }])
})

it('rows that an event refers to cannot be deleted', async () => {
  await expect(database.sql`delete from requests`).rejects.toMatchObject({ code: '23503' })
})
