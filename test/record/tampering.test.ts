import { beforeEach, describe, expect, it } from 'vitest'
import { newMemory, newSigner, openRecordWorld, type RecordWorld } from './_record-world.ts'

let world: RecordWorld
/** The record has 12 events; the first 10 are signed and verified. */
beforeEach(async () => {
  world = await openRecordWorld()
  await world.append(9)
  await world.sequence()
  expect(await world.sign()).toEqual({ kind: 'signed', size: 9 })
  // `record.began` is the tenth.
  await world.sequence()
  await world.sign()
  await world.append(2)
  await world.sequence()
  await world.sign()
  return world.close
})

const idAt = (position: number) => `(select event_id from record_leaves where position = ${position})`
const told = () => world.channel.notices.filter(({ kind }) => kind === 'record_faulty')

/** Writes the whole record anew from what is in the events, as somebody would who knows how it is made. */
async function rebuild(): Promise<void> {
  await world.tamper(
    'delete from record_leaves',
    'delete from record_nodes',
    "update record_state set size = 0, edge = '{}', seen_id = 0, settled_id = 0",
  )
  await world.sequence()
}

it('an untouched record is sound, and its verification is an event of its own', async () => {
  const report = await world.verify()
  expect(report).toMatchObject({ size: 12, signedSize: 12, checkedCheckpoints: 3, faults: [] })
  const [event] = await world.database.sql`select details from audit_events where action = 'record.verified'`
  expect(event?.details).toMatchObject({
    scope: 'whole',
    to: 12,
    faults: 0,
    root: report.root.toString('base64'),
  })
  await world.processAll()
  expect(told()).toEqual([])
})

describe.each([
  {
    how: 'an event is edited',
    tamper: () => world.tamper(`update audit_events set details = '{"n": 99}' where id = ${idAt(4)}`),
    fault: { position: 4, what: 'the event (people.imported) is not the one that was recorded' },
  },
  {
    how: 'an event is deleted',
    tamper: () => world.tamper(`delete from audit_events where id = ${idAt(6)}`),
    fault: { position: 6, what: 'the event is gone' },
  },
  {
    how: 'an event is deleted with its position',
    tamper: () =>
      world.tamper(
        'create temporary table gone as select event_id from record_leaves where position = 3',
        'delete from record_leaves where position = 3',
        'delete from audit_events where id = (select event_id from gone)',
      ),
    fault: { position: 3, what: 'this position is missing' },
  },
  {
    how: 'two events are swapped',
    tamper: () =>
      world.tamper(
        'update record_leaves set position = 1000 + position where position in (2, 7)',
        'update record_leaves set position = 1009 - position where position >= 1000',
      ),
    fault: { position: 2, what: 'the events from here to 8 are not those that were signed' },
    first: 0,
  },
  {
    how: 'the newest events are cut off, and the checkpoint with them',
    tamper: () =>
      world.tamper(
        `delete from record_leaves where position >= 10`,
        `delete from audit_events where id > ${idAt(9)}`,
        'delete from record_checkpoints where size > 10',
        'update record_state set size = 10',
      ),
    fault: { position: 10, what: 'the record ends here, but a tree of 12 events was signed' },
  },
  {
    how: 'an event is edited, and the whole tree computed anew',
    tamper: async () => {
      await world.tamper(
        `update audit_events set actor_id = null, details = '{"n": 99}' where id = ${idAt(4)}`,
      )
      await rebuild()
    },
    fault: { position: 0, what: 'the events from here to 8 are not those that were signed' },
  },
  {
    how: 'who acted is changed by way of the account',
    tamper: async () => {
      await world.append(0)
      await world.ask()
      await world.sequence()
      await world.sign()
      await world.tamper(`update accounts set user_id = 'U0MALLORY' where user_id = 'U0CARL'`)
    },
    fault: { position: 12, what: 'the event (request.submitted) is not the one that was recorded' },
  },
  {
    how: 'a justification is changed on its own row',
    tamper: async () => {
      await world.ask()
      await world.sequence()
      await world.sign()
      await world.owner.sql.begin(async (sql) => {
        await sql`alter table requests disable trigger user`
        await sql`update requests set justification = 'Something else'`
        await sql`alter table requests enable trigger user`
      })
    },
    fault: { position: 12, what: 'its justification is not the text that was recorded' },
  },
  {
    how: 'a salt is deleted',
    tamper: async () => {
      await world.ask()
      await world.sequence()
      await world.sign()
      await world.tamper('delete from record_texts')
    },
    fault: { position: 12, what: 'the salt of its justification is gone' },
  },
])('as the owner of the database: $how', ({ tamper, fault, first }) => {
  it('the verification finds it, says where, and tells security until somebody acknowledges it', async () => {
    await tamper()
    const { faults } = await world.verify()
    if (first === undefined) expect(faults[0]).toEqual(fault)
    else expect(faults[0]?.position).toBe(first)
    await world.processAll()
    expect(told()).toHaveLength(1)
    await world.verify()
    await world.processAll()
    expect(told()).toHaveLength(2)
    // Nothing more is signed where the tree itself is another one.
    await world.append(1)
    await world.sequence().catch(() => {})
    const { kind } = await world.sign()
    if (/events|ends/.test(fault.what)) expect(kind).toBe('fault')
  })
})

it('a record that is computed and signed anew with another key is found by the key and the remembered checkpoint', async () => {
  const other = newSigner()
  const { origin } = await world.record.state()
  await world.tamper(
    `update audit_events set details = '{"n": 99}' where id = ${idAt(4)}`,
    'delete from record_checkpoints',
    `update record_state set key = '${(await other.key(origin)).text}'`,
  )
  await rebuild()
  const { signCheckpoint } = await import('../../src/usecases/record/sign-checkpoint.ts')
  await signCheckpoint({ ...world.ports, signer: other, memory: newMemory() })
  // By itself the new record is sound.
  expect((await world.check()).faults.filter(({ what }) => !/key/.test(what))).toEqual([])
  const { faults } = await world.verify()
  expect(faults.map(({ what }) => what).join('; ')).toMatch(/is signed by .*, not by /)
  expect(faults.length).toBeGreaterThan(1)
  expect(await world.sign()).toEqual({ kind: 'other_key' })
})

describe('a record that the owner of the database writes anew under another name', () => {
  // With the same key: workers sign for every name.
  beforeEach(async () => {
    await world.tamper(
      `update audit_events set details = '{"n": 99}' where id = ${idAt(4)}`,
      "delete from audit_events where action = 'record.began'",
      'delete from record_checkpoints',
      "update record_state set origin = 'daypass-another', key = null, published_size = 0, verified_size = 0",
    )
    await rebuild()
  })

  it('is not signed, and no key is adopted', async () => {
    expect(await world.sign()).toMatchObject({
      kind: 'fault',
      fault: {
        position: null,
        what: expect.stringMatching(/is called daypass-another, but daypass-.* was signed here before/),
      },
    })
    expect((await world.record.state()).key).toBeNull()
  })

  it('is found by a verification, also where it is signed, and by a checkpoint from outside', async () => {
    const { origin } = await world.record.state()
    const { signCheckpoint } = await import('../../src/usecases/record/sign-checkpoint.ts')
    expect(await signCheckpoint({ ...world.ports, signer: world.signer, memory: newMemory() })).toMatchObject(
      {
        kind: 'signed',
      },
    )
    const { faults } = await world.verify()
    expect(faults.map(({ what }) => what)).toEqual([
      expect.stringMatching(`1 checkpoint is of another log: daypass-.* and not ${origin}`),
    ])
  })
})

it('a stolen application role cannot change, delete or cut off anything', async () => {
  const { sql } = world.database
  for (const statement of [
    "update audit_events set details = '{}'",
    'delete from audit_events',
    'truncate audit_events cascade',
    'alter table audit_events disable trigger all',
    'drop trigger audit_events_append_only on audit_events',
    'update record_leaves set position = position + 1',
    'delete from record_checkpoints',
    'update record_texts set salt = null',
    'update decisions set reason = null',
    "insert into status_transitions values ('grants', 'ended', 'active')",
    'set session_replication_role = replica',
    "select erase_texts('00000000-0000-4000-8000-000000000000')",
  ])
    await expect(sql.unsafe(statement), statement).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|23514)$/),
    })
})

it('the verification of new events begins where the last one ended', async () => {
  await world.verify()
  await world.sequence()
  await world.append(5)
  await world.sequence()
  await world.sign()
  const due = await world.record.claimVerification(world.clock.now(), { new: 0, whole: 86_400 })
  expect(due).toEqual({ scope: 'whole', from: 0 })
  world.clock.advance(3_600)
  const next = await world.record.claimVerification(world.clock.now(), { new: 3_600, whole: 86_400 })
  expect(next).toEqual({ scope: 'new', from: 12 })
  expect(await world.verify('new', 12)).toMatchObject({ size: 18, faults: [], checkedCheckpoints: 2 })
})

it('after a fault the verification of new events begins again where the last sound one ended', async () => {
  await world.tamper(`update audit_events set details = '{"n": 99}' where id = ${idAt(4)}`)
  expect((await world.verify()).faults).toHaveLength(1)
  await world.record.claimVerification(world.clock.now(), { new: 0, whole: 86_400 })
  world.clock.advance(3_600)
  const due = await world.record.claimVerification(world.clock.now(), { new: 3_600, whole: 86_400 })
  expect(due).toEqual({ scope: 'new', from: 0 })
})

it('the verification of new events trusts the stored hashes before them only where they lead to the signed root', async () => {
  await world.verify()
  await world.tamper(`update record_leaves set hash = '${'0'.repeat(64)}' where position = 4`)
  expect((await world.verify('new', 12)).faults).toContainEqual({
    position: 11,
    what: 'the stored hashes up to here are not those that were signed',
  })
})
