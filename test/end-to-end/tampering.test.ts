import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { recordActionIds } from '../../src/slack/features/record/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, startTarget, startWorld, textOf, type World } from './_daypass.ts'

let target: TestPostgres
let world: World
const folder = mkdtempSync(join(tmpdir(), 'daypass-tampering-'))
const outside = join(folder, 'checkpoints')
beforeAll(async () => {
  target = await startTarget()
  const catalog = {
    ...parse(readFileSync(catalogPath, 'utf8')),
    record: {
      checkpoints: { every: '1s', to: [{ file: outside }] },
      verify: { every: '2s', whole: '2s' },
    },
  }
  writeFileSync(join(folder, 'catalog.yml'), stringify(catalog))
  world = await startWorld(target, { catalog: join(folder, 'catalog.yml') })
})
afterAll(async () => {
  await world.close()
  await target.close()
  rmSync(folder, { recursive: true, force: true })
})

/** As the owner of the database, who lifts every guard first. */
async function tamper(statement: string): Promise<void> {
  await world.database.begin(async (sql) => {
    const tables = [
      'audit_events',
      'record_leaves',
      'record_checkpoints',
      'record_texts',
      'requests',
      'accounts',
    ]
    for (const table of tables) await sql.unsafe(`alter table ${table} disable trigger all`)
    await sql.unsafe(statement)
    for (const table of tables) await sql.unsafe(`alter table ${table} enable trigger all`)
  })
}

it('whatever the owner of the database changes on a live system is found within the period, and told to security', async () => {
  const sam = world.as('sam')
  await ask(world, 'orders-db read-orders for 1h because Checking the refunds of INC-42')
  const told = async (what: RegExp) =>
    (await sam.messages('C0SECURITY')).some((message) => what.test(textOf(message)))
  const waitForNotice = (what: RegExp) =>
    world.client.waitFor(() => told(what), { timeoutMs: 60_000, what: `a notice about ${what}` })
  await world.client.waitFor(
    async () => {
      const [row] = await world.database`
          select from audit_events where action = 'record.verified' and (details ->> 'signed_size')::integer > 1`
      return row !== undefined
    },
    { timeoutMs: 60_000, what: 'a sound verification' },
  )
  const place = (position: number) => `(select event_id from record_leaves where position = ${position})`
  const [submitted] = await world.database`
      select l.position::integer from record_leaves l join audit_events e on e.id = l.event_id where e.action = 'request.submitted'`
  const at = Number(submitted?.position)

  await tamper(`update audit_events set details = '{"edited": true}' where id = ${place(0)}`)
  await waitForNotice(/Position 0: the event \(.*\) is not the one that was recorded/)
  await tamper(`delete from audit_events where id = ${place(1)}`)
  await waitForNotice(/Position 1: the event is gone/)
  await tamper(`update accounts set user_id = 'U0NOBODY' where user_id = 'U0CARLA'`)
  await waitForNotice(new RegExp(`Position ${at}: the event \\(request.submitted\\) is not`))
  await tamper("update accounts set user_id = 'U0CARLA' where user_id = 'U0NOBODY'")
  await tamper("update requests set justification = 'Something else'")
  await waitForNotice(new RegExp(`Position ${at}: its justification is not the text that was recorded`))
  await sam.press(recordActionIds.acknowledge)
  await world.client.waitFor(
    async () =>
      (await world.database`select from audit_events where action = 'record.fault_acknowledged'`).length > 0,
    { timeoutMs: 10_000, what: 'the acknowledgement' },
  )
  // Without its events too: the sequencer would give them the same positions again, and nothing would be lost.
  await tamper(`
    delete from record_checkpoints;
    delete from audit_events where id in (select event_id from record_leaves where position > 2);
    delete from record_leaves where position > 2;
    update record_state set size = 3`)
  // By the time of the verification the sequencer may have given the lost positions to later events, or it gave out some amid this.
  await waitForNotice(
    /a tree of \d+ events was signed|are not those that were signed|Position \d+: this position is missing/,
  )
  expect(readFileSync(outside, 'utf8')).toMatch(/^daypass-[0-9a-f]{12}\n\d+\n\S+\n\n— daypass-/)
}, 120_000)
