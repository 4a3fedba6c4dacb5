import { beforeEach, expect, it } from 'vitest'
import type { ActivityLook } from '../../src/domain/activity.ts'
import { lookAtLeases, removeOldActivity } from '../../src/usecases/activity/look-at-leases.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { placeHold } from '../../src/usecases/holds/place-hold.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { who } from '../_world.ts'
import { openRecordWorld, type RecordWorld } from './_record-world.ts'

let world: RecordWorld
beforeEach(async () => {
  world = await openRecordWorld()
  world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
  const look = (): ActivityLook => ({
    ...{
      at: world.clock.now(),
      unit: 'statement',
      lastUsedAt: null,
      sessions: [],
      isCounted: true,
      refused: 0,
    },
    operations: [{ text: 'select "Ana Mendes"', kind: 'read', objects: ['people'], count: 1, rows: 1 }],
    limits: [],
  })
  Object.assign(world.target.connector, { activity: async (orders: readonly unknown[]) => orders.map(look) })
  return world.close
})

async function lease() {
  const { id } = await world.ask()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
async function end(requestId: string) {
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
}
const activityOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.activity

it('a change of what was seen of a lease is found, with its position, and a removal is none', async () => {
  await end(await lease())
  await world.sequence()
  await world.sign()
  expect((await world.verify()).faults).toEqual([])
  await world.owner.sql.begin(async (sql) => {
    await sql`alter table lease_activity disable trigger all`
    await sql`update lease_activity set seen = replace(seen, 'Mendes', 'Nobody')`
    await sql`alter table lease_activity enable trigger all`
  })
  const { faults } = await world.verify()
  expect(faults).toMatchObject([{ what: 'the activity of its lease is not what was recorded' }])
  await world.owner.sql`update lease_activity set seen = null, salt = null`
  expect((await world.verify()).faults).toEqual([])
})

it('an erasure removes what was seen of the leases of a person, also of one that goes on', async () => {
  const ended = await lease()
  await end(ended)
  const open = await lease()
  await lookAtLeases(world.ports, 'orders-db')
  expect(await activityOf(open)).toBeDefined()
  const asked = await askErasure(world.ports, { by: who('U0LEAD'), about: 'U0CARL' })
  if (asked.kind !== 'asked') throw new Error(asked.kind)
  await answerErasure(world.ports, { by: who('U0PAT'), erasureId: asked.erasureId, confirmed: true })
  expect([await activityOf(ended), await activityOf(open)]).toEqual([undefined, undefined])
  const rows = await world.owner.sql`select seen from lease_activity`
  expect(rows.map(({ seen }) => seen)).toEqual([null])
  // It is seen on, and put on record at its end.
  await end(open)
  expect(await activityOf(open)).toMatchObject({ operationCount: 1 })
  await world.sequence()
  await world.sign()
  expect((await world.verify()).faults).toEqual([])
})

it('a legal hold keeps what was seen of a lease, beyond its time and from an erasure', async () => {
  const held = await lease()
  await end(held)
  const { reference } = (await world.ports.store.histories.byRequest(held))?.request ?? {}
  if (!reference) throw new Error('no request')
  const named = { kind: 'request', reference } as const
  await placeHold(world.ports, { by: who('U0LEAD'), named, reason: 'Case 42', from: null, to: null })
  const free = await lease()
  await end(free)
  world.clock.advance(400 * 86_400)
  await removeOldActivity(world.ports)
  expect(await activityOf(held)).toMatchObject({ operationCount: 1 })
  expect(await activityOf(free)).toBeUndefined()
  const kept = await world.owner.sql`select details from audit_events where action = 'record.kept'`
  expect(kept).toMatchObject([{ details: { what: 'the activity of leases', kept_by_holds: { 'LH-1': 1 } } }])
  const asked = await askErasure(world.ports, { by: who('U0LEAD'), about: 'U0CARL' })
  if (asked.kind !== 'asked') throw new Error(asked.kind)
  const { erasureId } = asked
  const answer = await answerErasure(world.ports, { by: who('U0PAT'), erasureId, confirmed: true })
  expect(answer).toMatchObject({ kind: 'erased', kept: [{ reference: 'LH-1', requests: [reference] }] })
  expect(await activityOf(held)).toMatchObject({ operationCount: 1 })
  const { sql } = world.database
  await expect(
    sql`update lease_activity set seen = null, salt = null where seen is not null`,
  ).rejects.toMatchObject({
    constraint_name: 'lease_activity_held',
  })
})
