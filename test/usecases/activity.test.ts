import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ActivityLook, Operation } from '../../src/domain/activity.ts'
import { ConnectorError } from '../../src/domain/connector.ts'
import { commitmentTo } from '../../src/domain/record/said-text.ts'
import { doneText } from '../../src/slack/kit/activity.ts'
import { lookAtLeases, removeOldActivity } from '../../src/usecases/activity/look-at-leases.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
/** What the target shows now of every lease, or why it does not. */
let shows: Partial<ActivityLook> | Error | 'nothing'
let looks: number
beforeEach(async () => {
  world = await openWorld()
  shows = {}
  looks = 0
  Object.assign(world.target.connector, {
    activity: async (orders: readonly unknown[]) => {
      looks += 1
      if (shows === 'nothing') await new Promise(() => {})
      if (shows instanceof Error) throw shows
      return orders.map(() => ({ ...nothing(), ...(shows as Partial<ActivityLook>) }))
    },
  })
})
afterEach(() => world.close())

function nothing(): ActivityLook {
  return {
    ...{ at: world.clock.now(), unit: 'statement', lastUsedAt: null, sessions: [], operations: [] },
    ...{ isCounted: true, refused: 0, limits: [] },
  }
}
const statement = (
  text: string,
  count: number,
  rows: number,
  kind: Operation['kind'] = 'read',
): Operation => ({
  ...{ text, kind, count, rows },
  objects: ['orders'],
})

async function lease() {
  const { id, reference } = await world.ask()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return { id, reference }
}
const look = () => lookAtLeases(world.ports, 'orders-db')
const historyOf = async (id: string) => world.ports.store.histories.byRequest(id)
async function eventOf(reference: string) {
  const history = await world.ports.store.histories.byReference(reference)
  return history?.events.find(({ action }) => action === 'grant.activity_recorded')
}
async function end(id: string) {
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId: id })
  await world.processAll()
}

it('looks while the lease lives and at its end are one summary, and the event has its salted hash', async () => {
  const { id, reference } = await lease()
  const session = { id: '1', address: '10.0.0.7', openedAt: world.clock.now() }
  shows = { sessions: [session], operations: [statement('select ?', 3, 30)], lastUsedAt: world.clock.now() }
  expect(await look()).toBe(1)
  expect(await look()).toBe(0)
  world.clock.advance(60)
  // The target has forgotten one kind, and counts more of another.
  shows = { operations: [statement('update orders set a = ?', 2, 4, 'change')], sessions: [session] }
  expect(await look()).toBe(1)
  expect((await historyOf(id))?.activity).toMatchObject({ operationCount: 5, looks: 2, sessionCount: 1 })
  world.clock.advance(60)
  shows = { operations: [statement('update orders set a = ?', 3, 6, 'change')] }
  await end(id)
  expect(world.target.held.size).toBe(0)
  const activity = (await historyOf(id))?.activity
  expect(activity).toMatchObject({
    ...{ operationCount: 6, rowsRead: 30, rowsChanged: 6, looks: 3, addresses: ['10.0.0.7'] },
    ...{ objects: ['orders'], lastUsedAt: world.clock.now() },
  })
  const event = await eventOf(reference)
  expect(event?.details).toMatchObject({
    message: '6 statements on 1 table, 30 rows read, 6 rows changed; last at 2026-11-22 09:02 UTC',
    ...{ used: true, addresses: 1, rows_changed: 6 },
  })
  expect(JSON.stringify(event)).not.toMatch(/10\.0\.0\.7|update/)
  const [row] = await world.database.sql<
    { seen: string; salt: string }[]
  >`select seen, salt from lease_activity`
  expect(commitmentTo(row?.seen ?? '', row?.salt ?? '')).toBe(event?.details.hash)
})

it('a lease that nobody used was never used', async () => {
  const { id, reference } = await lease()
  await end(id)
  expect((await eventOf(reference))?.details).toMatchObject({ message: 'never used', used: false })
})

it('a look that fails is noted, and the end goes on; it is taken once, not before each attempt', async () => {
  const { id, reference } = await lease()
  shows = new ConnectorError('permission', 'The view may not be read.', { retryable: false })
  world.target.breakDown(true)
  await end(id)
  world.target.mend()
  world.clock.advance(120)
  await world.processAll()
  expect((await historyOf(id))?.grant).toMatchObject({ status: 'revoked' })
  expect(looks).toBe(1)
  expect((await eventOf(reference))?.details.message).toBe(
    'not known: the last look failed (The view may not be read)',
  )
})

it('a target that does not answer a look delays the end by a second', async () => {
  const { id, reference } = await lease()
  shows = 'nothing'
  await end(id)
  expect((await historyOf(id))?.grant).toMatchObject({ status: 'revoked' })
  expect((await eventOf(reference))?.details.message).toContain('did not answer within 1000 ms')
})

it('after the end nothing is added or changed; after its time, what was seen is removed', async () => {
  const { id, reference } = await lease()
  shows = { operations: [statement('select secret_name', 1, 1)] }
  await end(id)
  const { sql } = world.owner
  await expect(sql`update lease_activity set seen = '{}'`).rejects.toThrow(/does not change/)
  await expect(sql`update lease_activity set is_used = false`).rejects.toThrow(/does not change/)
  await expect(sql`delete from lease_activity`).rejects.toThrow(/append-only/)
  await removeOldActivity(world.ports)
  expect((await historyOf(id))?.activity).toBeDefined()
  world.clock.advance(181 * 86_400)
  await removeOldActivity(world.ports)
  expect((await historyOf(id))?.activity).toBeUndefined()
  expect((await eventOf(reference))?.details).toMatchObject({ used: true, operations: 1 })
})

it('a target that shows a use later is asked once more after the end, until it answers, and holds up nothing', async () => {
  const connector = world.ports.catalog.resources.get('orders-db')?.connector
  Object.assign(connector ?? {}, { tellsLateSeconds: 1_200 })
  const { id, reference } = await lease()
  const told = async () => {
    const history = await historyOf(id)
    return history && doneText(history, world.ports.catalog)
  }
  await look()
  shows = 'nothing'
  await end(id)
  expect(looks).toBe(1)
  expect((await historyOf(id))?.grant).toMatchObject({ status: 'revoked' })
  expect(await eventOf(reference)).toBeUndefined()
  expect(await told()).toMatch(
    /^\*What was done:\* never used\. Told .*, because this system shows a use later\.$/,
  )
  shows = new ConnectorError('throttled', 'It asks for fewer calls.', { retryable: true })
  world.clock.advance(1_200)
  await world.processAll()
  expect(await eventOf(reference)).toBeUndefined()
  shows = { operations: [statement('select ?', 4, 40)], lastUsedAt: world.clock.now() }
  world.clock.advance(1_800)
  await world.processAll()
  expect((await eventOf(reference))?.details.message).toMatch(
    /^4 statements on 1 table, 40 rows read; last at/,
  )
  expect(await told()).toMatch(/^\*What was done:\* 4 statements on 1 table, 40 rows read; last at [^.]*$/)
  world.clock.advance(90_000)
  await world.processAll()
  expect(looks).toBe(3)
})

it('a target that never answers after the end is given up after a day, and the record says so', async () => {
  Object.assign(world.ports.catalog.resources.get('orders-db')?.connector ?? {}, { tellsLateSeconds: 1_200 })
  const { id, reference } = await lease()
  await end(id)
  shows = new ConnectorError('permission', 'CloudTrail may not be read.', { retryable: false })
  world.clock.advance(86_401)
  await world.processAll()
  expect((await eventOf(reference))?.details.message).toBe(
    'not known: the last look failed (CloudTrail may not be read)',
  )
})

it('nothing is asked where the catalog says so', async () => {
  const catalog = { ...world.ports.catalog, activity: { collect: false, everySeconds: 60, keepSeconds: 60 } }
  Object.assign(world.ports, { catalog })
  const { id, reference } = await lease()
  expect(await look()).toBe(0)
  await end(id)
  expect(looks).toBe(0)
  expect(await eventOf(reference)).toBeUndefined()
})

it('a use that only a look has seen keeps an idle lease', async () => {
  const { id } = await lease()
  shows = { operations: [statement('select ?', 1, 1)] }
  await look()
  const grant = (await historyOf(id))?.grant
  expect(await world.ports.store.activity.lastUsedAt(grant?.id ?? '')).toEqual(world.clock.now())
})
