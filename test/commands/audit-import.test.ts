import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openBase } from '../../src/app/base.ts'
import { readRules } from '../../src/app/rules.ts'
import { exportAudit, proveAudit, rotateKey, verifyAudit } from '../../src/commands/audit.ts'
import { writeExport } from '../../src/commands/audit-file.ts'
import { type ImportArguments, importAudit } from '../../src/commands/audit-import.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { removeOldEvents } from '../../src/usecases/record/remove-old-events.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { type FreshDatabase, freshDatabase } from '../_database.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from '../record/_record-world.ts'
import { rules } from './_command.ts'

const folder = mkdtempSync(join(tmpdir(), 'daypass-import-'))
const file = (name: string) => join(folder, name)
let world: RecordWorld
let empty: FreshDatabase
let reference: string
let key: string

/** A log with a removal by retention, texts, one of them of a removed event, and a tail that nobody has signed. */
beforeAll(async () => {
  ;[world, empty] = await Promise.all([openRecordWorld(), freshDatabase()])
  const now = world.clock.now().getTime()
  world.clock.advance((Date.parse('2024-01-01T09:00:00Z') - now) / 1000)
  await world.append(300)
  await world.sequence()
  await world.sign()
  world.clock.advance((now - world.clock.now().getTime()) / 1000)
  const request = await world.ask({ ticket: 'OPS-42' })
  reference = request.reference
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'deny',
    reason: 'No “ü”',
  })
  await world.sequence()
  await world.sign()
  const keep = [{ events: ['people.*'], keepSeconds: 100 * 86_400 }]
  const record = {
    publishEverySeconds: 900,
    places: [],
    verifyEverySeconds: 3600,
    verifyWholeEverySeconds: 86_400,
    keep,
  }
  expect(
    await removeOldEvents({ ...world.ports, catalog: { ...world.ports.catalog, record } }),
  ).toMatchObject({ removed: 300 })
  await world.sequence()
  await world.sign()
  await world.append(1)
  await world.sequence()
  await writeExport(world.record, file('log.jsonl'), file('texts.jsonl'))
  key = (await world.record.state()).key ?? ''
})
afterAll(async () => {
  await Promise.all([world.close(), empty.drop()])
  rmSync(folder, { recursive: true })
})

/** What a command prints on this database, and its exit code. */
async function on(url: string, command: () => Promise<void>) {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const environment = { ...rules, DATABASE_URL: url, DAYPASS_DIRECTORY: folder }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  process.exitCode = 0
  try {
    await command()
    return { said: printed.mock.calls.join('').trim(), code: process.exitCode }
  } finally {
    process.exitCode = 0
    printed.mockRestore()
    vi.unstubAllEnvs()
  }
}
const imported = (given: ImportArguments = {}, path = file('log.jsonl'), url = empty.url) =>
  on(url, () => importAudit(path, given))
const changed = (name: string, from: string, to: string) => {
  const text = readFileSync(file(name), 'utf8')
  expect(text).toContain(from)
  writeFileSync(file(`changed-${name}`), text.replace(from, to))
  return file(`changed-${name}`)
}

const lines = (name: string): unknown[] =>
  readFileSync(file(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

it('nothing is imported that does not verify, that another key signed, or into a database in use', async () => {
  const fault = { code: 1, said: expect.stringContaining('Nothing was imported') }
  expect(
    await imported({}, changed('log.jsonl', '"entitlement":"read-orders"', '"entitlement":"fix-orders"')),
  ).toEqual(fault)
  expect(await imported({}, changed('log.jsonl', '"positions":[[0,299]]', '"positions":[[0,298]]'))).toEqual(
    fault,
  )
  const whole = lines('log.jsonl')
  for (const left of [whole.slice(0, -3), whole.toSpliced(305, 1)]) {
    writeFileSync(file('cut.jsonl'), left.map((line) => `${JSON.stringify(line)}\n`).join(''))
    expect(await imported({}, file('cut.jsonl'))).toEqual(fault)
  }
  expect(await imported({ texts: changed('texts.jsonl', 'OPS-42', 'OPS-43') })).toEqual(fault)
  const origin = (await world.record.state()).origin
  expect(
    await imported({}, changed('log.jsonl', `"origin":"${origin}"`, '"origin":"daypass-another"')),
  ).toEqual(fault)
  const other = openRecordWorld()
  try {
    const { record, append, sequence, sign } = await other
    await append(1)
    await sequence()
    await sign()
    const otherKey = (await record.state()).key ?? ''
    expect(await imported({ key: otherKey })).toEqual(fault)
    const [note] = await record.checkpoints(0)
    writeFileSync(file('notes'), note?.note ?? '')
    expect(await imported({ checkpoints: file('notes') })).toEqual(fault)
    const unsigned = `${JSON.stringify({ daypassRecord: 1, origin, key: null, checkpoints: [] })}\n`
    writeFileSync(file('unsigned.jsonl'), unsigned)
    await expect(imported({}, file('unsigned.jsonl'))).rejects.toThrow('nothing proves what it says')
  } finally {
    await (await other).close()
  }
  await expect(imported({}, file('log.jsonl'), world.url)).rejects.toThrow(
    `The database is not empty: it holds the log ${origin}.`,
  )
  const database = openDatabase(empty.url)
  const [row] =
    await database.sql`select (select count(*) from record_leaves)::int as leaves, size::int from record_state`
  expect(row).toEqual({ leaves: 0, size: 0 })
  await database.close()
})

it('an imported log has the same root, verifies, proves the same, and is exported as it was', async () => {
  const { said, code } = await imported({ texts: file('texts.jsonl'), key })
  expect(code).toBe(0)
  const { origin, size, root } = await world.record.state()
  expect(said).toContain(
    `✔ ${size} events of ${origin}, root ${root.toString('base64')}; ${size - 1} of them signed.`,
  )
  const verified = async (url: string) =>
    JSON.parse((await on(url, () => verifyAudit({ key, json: true }))).said)
  const report = await verified(empty.url)
  expect(report).toEqual(await verified(world.url))
  expect(report).toMatchObject({
    size,
    root: root.toString('base64'),
    key,
    faults: [],
    removed: [{ count: 300 }],
  })
  const proof = async (url: string) =>
    JSON.parse((await on(url, () => proveAudit(reference, { json: true }))).said)
  const proved = await proof(empty.url)
  expect(proved).toEqual(await proof(world.url))
  expect(proved.events).toMatchObject([{ holds: true }, { holds: true }, { holds: true }])
  expect(proved.texts).toHaveLength(3)
  await on(empty.url, () => exportAudit(file('again.jsonl'), { texts: file('again-texts.jsonl') }))
  expect(lines('again.jsonl')).toEqual(lines('log.jsonl'))
  expect(lines('again-texts.jsonl')).toEqual(lines('texts.jsonl'))
  await expect(imported()).rejects.toThrow(`The database is not empty: it holds the log ${origin}.`)
  await expect(on(empty.url, () => proveAudit('AR-9999', {}))).rejects.toThrow('There is no request AR-9999.')
})

it('an imported log does not go on, and a change of it is found', async () => {
  const database = openDatabase(empty.url)
  const owner = openDatabase(empty.ownerUrl)
  try {
    const { sql } = database
    for (const insert of [
      `insert into audit_events (at, action, details) values (now(), 'record.removed', '{}')`,
      `insert into record_leaves values (100000, 100000, repeat('0', 64))`,
      `insert into record_checkpoints values (100000, 'x', now())`,
      `insert into archived_events values (100000, 'x.y', null, null, '{}')`,
    ])
      await expect(sql.unsafe(insert)).rejects.toMatchObject({
        constraint_name: expect.stringContaining('_not_in_archive'),
      })
    for (const table of ['archived_events', 'archived_texts', 'record_archive'])
      await expect(sql.unsafe(`delete from ${table}`)).rejects.toMatchObject({ code: '42501' })
    await expect(on(empty.url, () => rotateKey({ to: file('none.pem') }))).rejects.toThrow()
    const config = readConfig({
      ...rules,
      ...{
        DATABASE_URL: empty.url,
        PUBLIC_URL: 'https://daypass.acme.test',
        SLACK_BOT_TOKEN: 'xoxb-1',
        SLACK_SIGNING_SECRET: 'secret',
        DAYPASS_DIRECTORY: folder,
      },
      ORDERS_DB_ADMIN_URL: 'postgres://daypass_admin:hunter22@db.internal/orders',
    })
    vi.stubEnv('ORDERS_DB_ADMIN_URL', 'postgres://daypass_admin:hunter22@db.internal/orders')
    await expect(openBase(config, readRules(config), createLogger('silent'))).rejects.toThrow(
      'holds an imported audit log',
    )
    for (const [change, fault] of [
      [
        `update archived_events set event = replace(event, 'read-orders', 'fix-orders')`,
        'is not the one that was recorded',
      ],
      [`delete from archived_events where reference is not null`, 'the event is gone'],
    ] as const) {
      await owner.sql.begin(async (tx) => {
        await tx`create temporary table before on commit drop as select * from archived_events`
        await tx`alter table archived_events disable trigger all`
        await tx.unsafe(change)
      })
      const { said, code } = await on(empty.url, () => verifyAudit({}))
      expect([said, code]).toEqual([expect.stringContaining(fault), 1])
    }
  } finally {
    vi.unstubAllEnvs()
    await Promise.all([database.close(), owner.close()])
  }
})
