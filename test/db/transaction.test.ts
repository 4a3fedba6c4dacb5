import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { inTransaction } from '../../src/db/in-transaction.ts'
import { appendsIn } from '../../src/db/repositories/appends.ts'
import { createStore } from '../../src/db/store.ts'
import type { Store } from '../../src/domain/store.ts'
import { type FreshDatabase, freshDatabase } from '../_database.ts'
import { closed, event, grantOf, member, noon, pendingRequest } from './_base-world.ts'
import { countRoundTrips } from './_round-trips.ts'

let fresh: FreshDatabase
let database: Database
let watcher: Database
let store: Store
beforeAll(async () => {
  fresh = await freshDatabase()
  database = openDatabase(fresh.url, { poolSize: 3, applicationName: 'watched' })
  watcher = openDatabase(fresh.url, { poolSize: 1 })
  store = createStore(database)
})
afterAll(async () => {
  await Promise.all([database.close(), watcher.close()])
  await fresh.drop()
})

const events = async () => (await watcher.sql`select id from audit_events`).length
const statusOf = async (id: string) => (await store.histories.byRequest(id))?.request.status

/** Resolves once a connection of the pool waits for a lock. */
async function somebodyWaits(): Promise<void> {
  await expect
    .poll(async () => {
      const waiting = await watcher.sql`
        select from pg_stat_activity where application_name = 'watched' and wait_event_type = 'Lock'`
      return waiting.length
    })
    .toBe(1)
}

it('a lock on a request waits for the transaction before, and then reads the new state', async () => {
  const { request } = await pendingRequest(store)
  let unlock = () => {}
  const held = new Promise<void>((resolve) => {
    unlock = resolve
  })
  const first = store.transaction(async (tx) => {
    await tx.requests.lock(request.id)
    await held
    await tx.requests.save(closed(request, 'cancelled'))
  })
  await expect
    .poll(
      async () =>
        (await watcher.sql`select from pg_stat_activity where state = 'idle in transaction'`).length,
    )
    .toBe(1)
  const second = store.transaction(async (tx) => (await tx.requests.lock(request.id))?.status)
  await somebodyWaits()
  unlock()
  await first
  expect(await second).toBe('cancelled')
})

it('of two transactions that close one request at once, one finds it closed', async () => {
  const { request } = await pendingRequest(store)
  const close = (status: 'cancelled' | 'expired') =>
    store.transaction(async (tx) => {
      const now = await tx.requests.lock(request.id)
      if (now?.status !== 'pending') return 'too late'
      await tx.requests.save(closed(now, status))
      return status
    })
  const outcomes = await Promise.all([close('cancelled'), close('expired')])
  expect(outcomes.toSorted()).toEqual([await statusOf(request.id), 'too late'].toSorted())
})

it('a transaction that throws changes nothing', async () => {
  const { request } = await pendingRequest(store)
  const before = await events()
  const broken = store.transaction(async (tx) => {
    await tx.requests.save(closed(request, 'cancelled'))
    await tx.audit.append(event())
    throw new Error('changed my mind')
  })
  await expect(broken).rejects.toThrow('changed my mind')
  expect([await statusOf(request.id), await events()]).toEqual(['pending', before])
})

it('a refused write that nobody awaits undoes the transaction', async () => {
  const { request } = await pendingRequest(store)
  const before = await events()
  const broken = store.transaction(async (tx) => {
    await tx.audit.append(event())
    await tx.grants.insert(grantOf(request))
    await tx.requests.save(closed(request, 'cancelled'))
    return 'done'
  })
  await expect(broken).rejects.toMatchObject({ constraint_name: 'grants_need_approved_request' })
  expect([await statusOf(request.id), await events()]).toEqual(['pending', before])
})

it('a refused audit event undoes the change', async () => {
  const { request } = await pendingRequest(store)
  const broken = store.transaction(async (tx) => {
    await tx.requests.save(closed(request, 'cancelled'))
    await tx.audit.append(event({ requestId: '00000000-0000-4000-8000-000000000000' }))
  })
  await expect(broken).rejects.toMatchObject({ code: '23503' })
  expect(await statusOf(request.id)).toBe('pending')
})

it('the transaction rejects with the first error, not with its consequences', async () => {
  const { request } = await pendingRequest(store)
  const broken = store.transaction(async (tx) => {
    await tx.grants.insert(grantOf(request))
    return tx.requests.lock(request.id)
  })
  await expect(broken).rejects.toMatchObject({ constraint_name: 'grants_need_approved_request' })
})

const isWaiting = "wait_event_type = 'Lock'"
const isBetween = "state = 'idle in transaction'"

/** Waits until a connection of the pool is in that state, and cuts it off. */
async function cut(state: string): Promise<void> {
  let pid = 0
  const find = async () => {
    const found = await watcher.sql.unsafe(
      `select pid from pg_stat_activity where application_name = 'watched' and ${state}`,
    )
    pid = found[0]?.pid ?? 0
    return found.length
  }
  await expect.poll(find).toBe(1)
  const alive = () => watcher.sql`select from pg_stat_activity where pid = ${pid}`
  await watcher.sql`select pg_terminate_backend(${pid})`
  await expect.poll(async () => (await alive()).length).toBe(0)
}

async function poolStillWorks(): Promise<void> {
  const lookups = Array.from({ length: 6 }, () =>
    store.transaction((tx) => tx.accounts.findByUserId('T1', 'ULOST')),
  )
  expect(await Promise.all(lookups)).toEqual(lookups.map(() => null))
}

it('a connection lost while a statement runs undoes the transaction and nothing else', async () => {
  const { request } = await pendingRequest(store)
  const before = await events()
  const locker = openDatabase(fresh.url, { poolSize: 1 })
  await locker.sql.begin(async (sql) => {
    await sql`select from requests where id = ${request.id} for update`
    const lost = store.transaction(async (tx) => {
      await tx.audit.append(event())
      await tx.accounts.upsert(member('ULOST'))
      await tx.requests.lock(request.id)
    })
    await Promise.all([expect(lost).rejects.toThrow(), cut(isWaiting)])
  })
  await locker.close()
  await poolStillWorks()
  expect([await statusOf(request.id), await events()]).toEqual(['pending', before])
})

it('a connection lost between two statements undoes the transaction and nothing else', async () => {
  const { request } = await pendingRequest(store)
  const before = await events()
  const lost = store.transaction(async (tx) => {
    await tx.audit.append(event())
    await tx.accounts.upsert(member('ULOST'))
    await tx.requests.save(closed(request, 'cancelled'))
    await cut(isBetween)
    await tx.requests.lock(request.id)
  })
  await expect(lost).rejects.toThrow()
  await poolStillWorks()
  expect([await statusOf(request.id), await events()]).toEqual(['pending', before])
})

it('a connection lost just before the commit commits nothing', async () => {
  const { request } = await pendingRequest(store)
  const lost = store.transaction(async (tx) => {
    await tx.requests.lock(request.id)
    await tx.requests.save(closed(request, 'cancelled'))
    await cut(isBetween)
  })
  await expect(lost).rejects.toThrow()
  await poolStillWorks()
  expect(await statusOf(request.id)).toBe('pending')
})

it('claims whose answer is lost are not sent again, because they may be committed', async () => {
  const locker = openDatabase(fresh.url, { poolSize: 1 })
  await locker.sql.begin(async (sql) => {
    await sql`lock table interactions`
    const claims = ['one', 'two'].map((key) => store.interactions.claim(key, noon))
    const refused = claims.map((claim) => expect(claim).rejects.toThrow())
    await Promise.all([...refused, cut(isWaiting)])
  })
  await locker.close()
  await poolStillWorks()
  expect(await store.interactions.claim('one', noon)).toBe(true)
})

it('a transaction that is over accepts no statement', async () => {
  let kept: Parameters<Parameters<Store['transaction']>[0]>[0] | undefined
  await expect(
    store.transaction(async (tx) => {
      kept = tx
      throw new Error('over')
    }),
  ).rejects.toThrow('over')
  await expect(kept?.accounts.findByUserId('T1', 'U1')).rejects.toMatchObject({ cause: { message: 'over' } })
})

it('the first statements travel with begin, and the last ones with the commit', async () => {
  const { request } = await pendingRequest(store)
  const counted = await countRoundTrips(fresh.url)
  const cancel = (store: Store) =>
    store.transaction(async (tx) => {
      const [locked] = await Promise.all([tx.requests.lock(request.id), tx.accounts.findByUserId('T1', 'U1')])
      if (!locked) throw new Error('there is no request')
      await tx.audit.append(event())
    })
  // Postgres describes each statement once for a connection, which takes more round trips.
  await cancel(counted.store)
  await counted.store.histories.byRequest(request.id)
  expect(await counted.during(() => cancel(counted.store))).toBe(2)
  expect(await counted.during(() => counted.store.histories.byRequest(request.id))).toBe(1)
  await counted.close()
})

it('a transaction that Postgres refuses to begin writes nothing', async () => {
  const before = await events()
  const refused = inTransaction(database, 'nonsense' as 'read write', async (session) => {
    const { audit, flush } = appendsIn(session)
    await audit.append(event())
    flush()
  })
  await expect(refused).rejects.toMatchObject({ code: '42601' })
  await poolStillWorks()
  expect(await events()).toBe(before)
})

it('a database that refuses connections is an error', async () => {
  const nowhere = openDatabase(fresh.url.replace(/[^/]*$/, 'nowhere'), { poolSize: 2 })
  const lookup = createStore(nowhere).transaction((tx) => tx.accounts.findByUserId('T1', 'U1'))
  await expect(lookup).rejects.toMatchObject({ code: '3D000' })
  await nowhere.close()
})
