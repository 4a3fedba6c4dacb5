import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createStore } from '../../src/db/store.ts'
import { createWakeSignal } from '../../src/db/wake-signal.ts'
import type { Effect, OutboxEntry } from '../../src/domain/effect.ts'
import { grantMessage } from '../../src/domain/message.ts'
import type { Outbox, TakeOrder } from '../../src/domain/outbox.ts'
import type { Store } from '../../src/domain/store.ts'
import { type FreshDatabase, freshDatabase } from '../_database.ts'
import { minutesAfter, noon } from './_base-world.ts'

let fresh: FreshDatabase
let database: Database
let store: Store
let outbox: Outbox
beforeAll(async () => {
  fresh = await freshDatabase()
  database = openDatabase(fresh.url)
  store = createStore(database)
  outbox = createOutbox(database)
})
afterAll(async () => {
  await database.close()
  await fresh.drop()
})
beforeEach(async () => {
  await database.sql`delete from outbox`
})

const effect = (resourceId = 'orders-db'): Effect => ({
  kind: 'activate_grant',
  grantId: randomUUID(),
  resourceId,
})
const kinds = ['activate_grant']

async function addAll(effects: readonly Effect[], dueAt: (n: number) => Date): Promise<void> {
  await store.transaction(async (tx) => {
    for (const [n, item] of effects.entries()) await tx.outbox.add(item, dueAt(n))
  })
}

async function add(count: number, dueAt = (n: number) => minutesAfter(noon, n)): Promise<Effect[]> {
  const effects = Array.from({ length: count }, () => effect())
  await addAll(effects, dueAt)
  return effects
}

const takeDue = (now = noon, order: Partial<TakeOrder> = {}) =>
  outbox.takeDue({ kinds, now, holdSeconds: 60, limit: 100, perTarget: null, except: [], ...order })

/** Takes the one entry, which must be free. */
async function take(now = noon): Promise<OutboxEntry> {
  const [entry, ...more] = await takeDue(now)
  if (!entry || more.length > 0) throw new Error('not one was taken')
  return entry
}

async function scheduleAll(now = noon, limit = 100): Promise<OutboxEntry[]> {
  const scheduled: OutboxEntry[] = []
  while ((await outbox.schedule(now, limit, async (entries) => void scheduled.push(...entries))) > 0);
  return scheduled
}

describe('every kind of effect', () => {
  const id = randomUUID()
  const notice = grantMessage({ id, requestId: id }, 'requester:expiry_notice', 900)
  it.each<[string | null, Effect]>([
    ['orders-db', { kind: 'activate_grant', grantId: id, resourceId: 'orders-db' }],
    ['orders-db', { kind: 'revoke_grant', grantId: id, generation: 3, resourceId: 'orders-db' }],
    [null, { kind: 'expire_request', requestId: id }],
    [null, { kind: 'remind_approvers', requestId: id }],
    [null, { kind: 'notify_expiry', grantId: id, generation: 1, seconds: 900 }],
    [null, { kind: 'deliver_message', ...notice }],
  ])('comes back whole, with target %s: $1.kind', async (target, sent) => {
    await store.transaction((tx) => tx.outbox.add(sent, noon))
    expect(await takeDue(noon, { kinds: [sent.kind] })).toEqual([
      { id: expect.any(String), effect: sent, target, dueAt: noon, attempts: 1 },
    ])
  })
})

describe('what is due', () => {
  it('is taken most overdue first, of the kinds asked for, each by one of many', async () => {
    const effects = await add(50, (n) => minutesAfter(noon, -n))
    await addAll([{ kind: 'expire_request', requestId: randomUUID() }], () => noon)
    const first = await takeDue(noon, { limit: 2 })
    expect(first.map((entry) => entry.effect)).toEqual([effects[49], effects[48]])
    const many = await Promise.all(Array.from({ length: 4 }, () => takeDue(noon, { limit: 20 })))
    const rest = many.flat()
    expect(new Set([...first, ...rest].map((entry) => entry.id)).size).toBe(first.length + rest.length)
    expect(rest.length).toBeGreaterThan(0)
  })

  it('is shared out between targets, and those that are busy are left out', async () => {
    await addAll(
      Array.from({ length: 30 }, () => effect('dead-db')),
      (n) => minutesAfter(noon, -n - 1),
    )
    await addAll([effect('orders-db')], () => noon)
    const targets = async (order: Partial<TakeOrder>) =>
      (await takeDue(noon, order)).map(({ target }) => target)
    expect(await targets({ perTarget: 3, limit: 10 })).toEqual(['dead-db', 'dead-db', 'dead-db', 'orders-db'])
    await addAll([effect('orders-db')], () => noon)
    expect(await targets({ limit: 10, except: ['dead-db'] })).toEqual(['orders-db'])
  })

  it('leaves out what is due later, held or done', async () => {
    await add(1)
    const done = await take()
    await outbox.done([{ ...done, result: 'active' }], noon)
    await add(1)
    const held = await take()
    await add(1, () => minutesAfter(noon, 1))
    expect(await takeDue(minutesAfter(noon, 0.5))).toEqual([])
    expect((await takeDue(minutesAfter(noon, 1))).map(({ id }) => id)).toContain(held.id)
  })

  it('held too long is taken again', async () => {
    await add(1)
    expect(await take()).toMatchObject({ attempts: 1 })
    expect(await takeDue(minutesAfter(noon, 0.99))).toEqual([])
    expect(await take(minutesAfter(noon, 1))).toMatchObject({ attempts: 2 })
  })

  it('whose hold is renewed is not taken by others; a hold that was lost is not renewed', async () => {
    await add(1)
    const first = await take()
    await outbox.renew([first], minutesAfter(noon, 0.9), 60)
    expect(await takeDue(minutesAfter(noon, 1))).toEqual([])
    const second = await take(minutesAfter(noon, 2))
    await outbox.renew([first], minutesAfter(noon, 2), 3_600)
    expect(await take(minutesAfter(noon, 3))).toMatchObject({ attempts: 3 })
    await outbox.done([{ ...second, result: 'late' }], noon)
    expect(await database.sql`select done_at from outbox`).toEqual([{ doneAt: null }])
  })

  it('is counted', async () => {
    expect(await outbox.backlog(noon)).toEqual({ overdue: 0, oldestDueAt: null })
    await add(3, (n) => minutesAfter(noon, n * 10))
    expect(await outbox.backlog(minutesAfter(noon, 15))).toEqual({ overdue: 2, oldestDueAt: noon })
  })

  it('of a kind that this version does not know stays, overdue, for a version that does', async () => {
    await database.sql`
      insert into outbox (effect, due_at) values ('{"kind": "extend_grant"}', ${minutesAfter(noon, -10)})`
    const effects = await add(2, (n) => minutesAfter(noon, n - 2))
    expect((await takeDue()).map((entry) => entry.effect)).toEqual(effects)
    expect(await outbox.backlog(noon)).toMatchObject({ overdue: 3 })
  })
})

describe('what is due later', () => {
  it('is handed over earliest first, each once; what is due now is not', async () => {
    await add(1, () => noon)
    const effects = await add(5, (n) => minutesAfter(noon, 100 - n))
    const scheduled = await scheduleAll(noon, 2)
    expect(scheduled.map((entry) => entry.effect)).toEqual(effects.toReversed())
    expect(await scheduleAll()).toEqual([])
  })

  it('is never handed over by two', async () => {
    await add(200, (n) => minutesAfter(noon, n + 1))
    const scheduled = (await Promise.all(Array.from({ length: 8 }, () => scheduleAll(noon, 7)))).flat()
    expect(scheduled).toHaveLength(200)
    expect(new Set(scheduled.map((entry) => entry.id)).size).toBe(200)
  })

  it('and could not be handed over is left to the next, at once', async () => {
    await add(3, (n) => minutesAfter(noon, n + 1))
    const failed = outbox.schedule(noon, 10, () => Promise.reject(new Error('queue is away')))
    await expect(failed).rejects.toThrow('queue is away')
    expect(await scheduleAll()).toHaveLength(3)
  })

  it('is taken when it is due though handing it over hangs', async () => {
    await add(1, () => minutesAfter(noon, 1))
    let finish = () => {}
    let started = () => {}
    const hanging = new Promise<void>((resolve) => {
      finish = resolve
    })
    const claimed = new Promise<void>((resolve) => {
      started = resolve
    })
    const scheduling = outbox.schedule(noon, 10, () => {
      started()
      return hanging
    })
    await claimed
    expect(await scheduleAll()).toEqual([])
    expect(await takeDue(minutesAfter(noon, 1))).toHaveLength(1)
    finish()
    expect(await scheduling).toBe(1)
  })

  it('is handed over again when it was retried meanwhile', async () => {
    await add(1, () => minutesAfter(noon, 1))
    await outbox.schedule(noon, 10, async () => {
      await outbox.retry(await take(minutesAfter(noon, 1)), minutesAfter(noon, 2), 'not yet')
    })
    expect(await scheduleAll()).toMatchObject([{ attempts: 1, dueAt: minutesAfter(noon, 2) }])
  })

  it('is handed over by others when a process died over it', async () => {
    await add(1, () => minutesAfter(noon, 1))
    await database.sql`update outbox set scheduling_until = now() - interval '1 second'`
    expect(await scheduleAll()).toHaveLength(1)
  })
})

describe('an entry', () => {
  it('to be retried is free, due later, and handed over anew', async () => {
    await add(1)
    const entry = await take()
    await outbox.retry(entry, minutesAfter(noon, 5), 'unreachable\0')
    expect(await takeDue()).toEqual([])
    expect(await scheduleAll()).toMatchObject([{ id: entry.id, attempts: 1, dueAt: minutesAfter(noon, 5) }])
    expect(await take(minutesAfter(noon, 5))).toMatchObject({ id: entry.id, attempts: 2 })
  })

  it('that is done stays done', async () => {
    await add(1)
    const taken = await take()
    await outbox.done([{ ...taken, result: 'active' }], noon)
    await outbox.retry(taken, noon, 'late')
    await outbox.done([{ ...taken, result: 'again' }], minutesAfter(noon, 1))
    expect(await database.sql`select result, done_at from outbox`).toEqual([
      { result: 'active', doneAt: noon },
    ])
  })
})

describe('an entry that was held too long', () => {
  const statement = () => database.sql`select result, last_error, held_until from outbox`

  it('is closed by its worker, even after the hold, if no other worker has taken it', async () => {
    await add(1)
    await outbox.done([{ ...(await take()), result: 'late' }], minutesAfter(noon, 5))
    expect(await statement()).toMatchObject([{ result: 'late' }])
  })

  it('is closed only by the worker that took it last', async () => {
    await add(1)
    const first = await take()
    const second = await take(minutesAfter(noon, 2))
    await outbox.done([{ ...first, result: 'late' }], minutesAfter(noon, 2))
    await outbox.retry(first, minutesAfter(noon, 2), 'late')
    expect(await statement()).toEqual([{ result: null, lastError: null, heldUntil: minutesAfter(noon, 3) }])
    await outbox.retry(second, minutesAfter(noon, 4), 'unreachable')
    expect(await statement()).toEqual([{ result: null, lastError: 'unreachable', heldUntil: null }])
  })
})

it('the store tells of each commit that left effects, with when they are due', async () => {
  const told: unknown[] = []
  const telling = createStore(database, (added) => told.push(...added))
  await telling.transaction((tx) => tx.accounts.findByUserId('T1', 'U1'))
  const sent = effect()
  await telling.transaction((tx) => tx.outbox.add(sent, noon))
  const broken = telling.transaction(async (tx) => {
    await tx.outbox.add(effect(), noon)
    throw new Error('rolled back')
  })
  await expect(broken).rejects.toThrow('rolled back')
  expect(told).toEqual([{ effect: sent, dueAt: noon }])
})

it('a wake signal reaches those who listen, in any process', async () => {
  const other = openDatabase(fresh.url)
  let heard = 0
  await createWakeSignal(other).listen(() => {
    heard += 1
  })
  // Once when listening began.
  heard = 0
  const signal = createWakeSignal(database)
  for (let n = 0; n < 100; n += 1) signal.send()
  await vi.waitUntil(() => heard >= 2)
  await other.close()
  expect(heard).toBe(2)
})

it('what was done before then is forgotten, what is not done is not', async () => {
  await add(1)
  await outbox.done([{ ...(await take()), result: 'active' }], noon)
  await add(1)
  await outbox.done([{ ...(await take()), result: 'active' }], minutesAfter(noon, 10))
  await add(1)
  await store.interactions.claim('old', noon)
  expect(await outbox.prune(minutesAfter(noon, 5))).toBeGreaterThanOrEqual(2)
  expect(await database.sql`select id from outbox`).toHaveLength(2)
  expect(await store.interactions.claim('old', noon)).toBe(true)
})
