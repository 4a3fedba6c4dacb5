import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { recordEmergencyFolder, revokeAt } from '../../src/app/emergency.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import type { EmergencyEntry } from '../../src/usecases/emergency/emergency-entry.ts'
import { recordEmergency } from '../../src/usecases/emergency/record-emergency.ts'
import { revokeInEmergency } from '../../src/usecases/emergency/revoke-in-emergency.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
  return world.close
})

const approve = (requestId: string) =>
  decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })

/** The log cannot be written, as when the disk is full: https://www.postgresql.org/docs/18/errcodes-appendix.html */
async function fillTheDisk(): Promise<void> {
  await world.owner.sql.unsafe(`
    create function no_space() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create trigger no_space before insert on audit_events for each statement execute function no_space()`)
}
const freeTheDisk = () => world.owner.sql`drop trigger no_space on audit_events`
const grants = () => world.owner.sql`select status from grants`

it('no record, no access: an approval whose event cannot be written gives nothing, and can be repeated', async () => {
  const { id } = await world.ask()
  await fillTheDisk()
  await expect(approve(id)).rejects.toMatchObject({ code: '53100' })
  await expect(world.ask()).rejects.toMatchObject({ code: '53100' })
  await world.processAll()
  expect(await grants()).toEqual([])
  expect([world.target.held.size, world.target.state.grants]).toEqual([0, 0])
  expect(await world.owner.sql`select from decisions`).toHaveLength(0)
  await freeTheDisk()
  expect((await approve(id)).kind).toBe('recorded')
  await world.processAll()
  expect(world.target.held.size).toBe(1)
})

it('an emergency revocation goes through without the log, and puts itself on record afterwards', async () => {
  const { id } = await world.ask()
  await approve(id)
  await world.processAll()
  const [grantId = ''] = world.target.held.keys()
  await fillTheDisk()
  await expect(
    revokeNow(world.ports, { by: who('U0LEAD'), requestId: id, reason: 'An intruder' }),
  ).rejects.toMatchObject({ code: '53100' })

  const { target, ports } = world
  const connector = {
    ...target.connector,
    async *list() {
      for (const held of target.held.keys()) yield { grantId: held, detail: 'a login' }
    },
  }
  const emergency = { by: 'Sam, on call', reason: 'An intruder', grantId: null }
  const entries = await revokeInEmergency({ of: () => connector }, 'orders-db', emergency)
  expect(entries).toMatchObject([{ grantId, removed: true, said: 'seen gone', by: 'Sam, on call' }])
  expect(target.held.size).toBe(0)

  await expect(recordEmergency(ports, entries ?? [])).rejects.toMatchObject({ code: '53100' })
  await freeTheDisk()
  expect(await recordEmergency(ports, entries ?? [])).toBe(1)
  expect(await recordEmergency(ports, entries ?? [])).toBe(0)
  await world.processAll()
  expect(await grants()).toEqual([{ status: 'revoked' }])
  const [event] = await world.owner.sql`
    select grant_id, details from audit_events where action = 'record.emergency_revocation'`
  expect(event).toMatchObject({ grantId, details: { done_by: 'Sam, on call', removed: true } })
  const history = await ports.store.histories.byRequest(id)
  expect(history?.grant).toMatchObject({
    revocation: { reason: 'Emergency revocation by Sam, on call: An intruder' },
  })
})

it('what could not be removed in an emergency is on record too, and what no grant is known for', async () => {
  const { target, ports } = world
  target.breakDown(true)
  const connector = {
    ...target.connector,
    async *list() {
      yield { grantId: 'not-a-grant', detail: 'a login of nobody' }
    },
  }
  const emergency = { by: 'Sam', reason: 'An intruder', grantId: null }
  const entries = (await revokeInEmergency(
    { of: () => connector },
    'orders-db',
    emergency,
  )) as EmergencyEntry[]
  expect(entries).toMatchObject([{ removed: false, said: 'The target does not answer.' }])
  expect(await recordEmergency(ports, entries)).toBe(1)
  const [event] = await world.owner.sql`
    select resource_id, details from audit_events where action = 'record.emergency_revocation'`
  expect(event).toMatchObject({
    resourceId: 'orders-db',
    details: { removed: false, access: 'a login of nobody' },
  })
  expect(await revokeInEmergency({ of: () => target.connector }, 'orders-db', emergency)).toBe(null)
})

it('each file of an emergency is put on record once, by one of two workers, and a file that is not whole waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-emergency-'))
  const entry = {
    ...{ id: randomUUID(), at: new Date().toISOString(), by: 'Sam', reason: 'An intruder' },
    ...{ resourceId: 'orders-db', grantId: 'not-a-grant', detail: 'a login', removed: true, said: 'Gone.' },
  }
  const line = (id: string) => `${JSON.stringify({ ...entry, id })}\n`
  writeFileSync(join(folder, 'a.jsonl'), line(entry.id) + line(randomUUID()))
  writeFileSync(join(folder, 'b'), '{"id":')
  const record = () => recordEmergencyFolder(world.ports, folder)
  const [one, other] = await Promise.all([record(), record()])
  expect((one ?? 0) + (other ?? 0)).toBe(2)
  expect(readdirSync(folder).toSorted()).toEqual(['a.jsonl.recorded', 'b'])
  writeFileSync(join(folder, 'c.jsonl'), line(entry.id))
  expect(await record()).toBe(0)
  rmSync(folder, { recursive: true })
  expect(await record()).toBe(null)
})

describe('an emergency revocation whose process', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daypass-emergency-'))
    return () => rmSync(folder, { recursive: true, force: true })
  })
  const emergency = { by: 'Sam', reason: 'An intruder', grantId: null }
  /** The target lists what it holds, and `revoke` does this first. */
  const listing = (before: () => Promise<void> = async () => {}) => ({
    of: () => ({
      ...world.target.connector,
      async revoke(order: AccessOrder) {
        await before()
        return world.target.connector.revoke(order)
      },
      async *list() {
        for (const held of world.target.held.keys()) yield { grantId: held, detail: 'a login' }
      },
    }),
  })
  async function active() {
    const { id } = await world.ask()
    await approve(id)
    await world.processAll()
    expect(world.target.held.size).toBe(1)
  }

  it('dies when the access is gone, before it could write that, is on record, and nothing is given again', async () => {
    await active()
    // The files as they are when the process dies.
    let left: Record<string, string> = {}
    const dies = async () => {
      left = Object.fromEntries(
        readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
      )
    }
    await revokeAt(listing(dies), 'orders-db', emergency, folder)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    for (const [name, text] of Object.entries(left)) writeFileSync(join(folder, name), text)
    expect(await recordEmergencyFolder(world.ports, folder)).toBe(1)
    await world.processAll()
    expect(await grants()).toEqual([{ status: 'revoked' }])
    expect(world.target.held.size).toBe(0)
  })

  it('ends as usual is on record once', async () => {
    await active()
    const { entries, unwritten } = await revokeAt(listing(), 'orders-db', emergency, folder)
    expect([entries, unwritten]).toMatchObject([[{ removed: true }], null])
    expect(readdirSync(folder)).toHaveLength(1)
    expect(await recordEmergencyFolder(world.ports, folder)).toBe(1)
  })

  it('cannot write takes the access away all the same, and says so', async () => {
    await active()
    writeFileSync(join(folder, 'a-file'), '')
    const outcome = await revokeAt(listing(), 'orders-db', emergency, join(folder, 'a-file'))
    expect(outcome).toMatchObject({
      entries: [{ removed: true }],
      unwritten: expect.stringContaining('EEXIST'),
    })
    expect(world.target.held.size).toBe(0)
  })

  it('meets a target that breaks in an unexpected way says so, and does not keep the others open', async () => {
    const broken = () => {
      throw new Error('no such connector')
    }
    expect(await revokeAt({ of: broken }, 'orders-db', emergency, folder)).toMatchObject({
      entries: 'no such connector',
    })
  })
})

it('a file of an emergency that cannot be read does not keep the others from the record', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-emergency-'))
  const entry = {
    ...{ id: randomUUID(), at: new Date().toISOString(), by: 'Sam', reason: 'An intruder' },
    ...{ resourceId: 'orders-db', grantId: 'not-a-grant', detail: 'a login', removed: true, said: 'Gone.' },
  }
  writeFileSync(join(folder, 'a.jsonl'), '{"id":')
  writeFileSync(join(folder, 'b.jsonl'), `${JSON.stringify(entry)}\n`)
  await expect(recordEmergencyFolder(world.ports, folder)).rejects.toThrow(/a\.jsonl/)
  expect(readdirSync(folder).toSorted()).toEqual(['a.jsonl', 'b.jsonl.recorded'])
  rmSync(folder, { recursive: true })
})
