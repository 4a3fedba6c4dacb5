import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createStore } from '../../src/db/store.ts'
import type { Effect, OutboxEntry } from '../../src/domain/effect.ts'
import type { Outbox, Store } from '../../src/domain/ports.ts'
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

const effect = (): Effect => ({ kind: 'activate_grant', grantId: randomUUID() })

async function add(count: number, dueAt = (n: number) => minutesAfter(noon, n)): Promise<Effect[]> {
  const effects = Array.from({ length: count }, effect)
  await store.transaction(async (tx) => {
    for (const [n, item] of effects.entries()) await tx.outbox.add(item, dueAt(n))
  })
  return effects
}

async function relayAll(limit = 100): Promise<OutboxEntry[]> {
  const relayed: OutboxEntry[] = []
  while ((await outbox.relay(limit, async (entries) => void relayed.push(...entries))) > 0);
  return relayed
}

/** Takes the entry, which must be free. */
async function take(id: string, now = noon): Promise<OutboxEntry> {
  const entry = await outbox.take(id, now, 60)
  if (!entry) throw new Error('not taken')
  return entry
}

async function addOne(dueAt = noon): Promise<string> {
  await add(1, () => dueAt)
  const [entry] = await relayAll()
  if (!entry) throw new Error('nothing to relay')
  return entry.id
}

describe('every kind of effect', () => {
  const id = randomUUID()
  it.each<[string, Effect]>([
    ['activate', { kind: 'activate_grant', grantId: id }],
    ['revoke', { kind: 'revoke_grant', grantId: id, generation: 3 }],
    ['notify', { kind: 'expire_request', requestId: id }],
    ['notify', { kind: 'remind_approvers', requestId: id }],
    ['notify', { kind: 'notify_expiry', grantId: id, generation: 1, seconds: 900 }],
    ['notify', { kind: 'deliver_message', requestId: id, purpose: 'requester:expiry_notice:900' }],
  ])('comes back whole, on queue %s: $1.kind', async (queue, sent) => {
    await store.transaction((tx) => tx.outbox.add(sent, noon))
    expect(await relayAll()).toEqual([{ id: expect.any(String), effect: sent, dueAt: noon, attempts: 0 }])
    expect(await database.sql`select queue from outbox`).toEqual([{ queue }])
  })
})

describe('relay', () => {
  it('hands over what is due first, first; future entries too; each once', async () => {
    const effects = await add(5, (n) => minutesAfter(noon, 100 - n))
    const relayed = await relayAll(2)
    expect(relayed.map((entry) => entry.effect)).toEqual(effects.toReversed())
    expect(await relayAll()).toEqual([])
  })

  it('of several never hands over the same entry', async () => {
    await add(200)
    const relayed = (await Promise.all(Array.from({ length: 8 }, () => relayAll(7)))).flat()
    expect(relayed).toHaveLength(200)
    expect(new Set(relayed.map((entry) => entry.id)).size).toBe(200)
  })

  it('leaves entries that could not be handed over to the next relay, at once', async () => {
    await add(3)
    const failed = outbox.relay(10, () => Promise.reject(new Error('queue is away')))
    await expect(failed).rejects.toThrow('queue is away')
    expect(await relayAll()).toHaveLength(3)
  })

  it('that hangs keeps neither workers nor the sweep from its entries', async () => {
    await add(1)
    let finish = () => {}
    let started = () => {}
    const hanging = new Promise<void>((resolve) => {
      finish = resolve
    })
    const claimed = new Promise<void>((resolve) => {
      started = resolve
    })
    const relaying = outbox.relay(10, () => {
      started()
      return hanging
    })
    await claimed
    expect(await relayAll()).toEqual([])
    expect(await outbox.takeOverdue('activate', noon, noon, 60, 10)).toHaveLength(1)
    finish()
    expect(await relaying).toBe(1)
  })

  it('hands over again what was retried while it was handing over', async () => {
    await add(1)
    await outbox.relay(10, async ([entry]) => {
      await outbox.retry(await take(entry?.id ?? ''), minutesAfter(noon, 1), 'not yet')
    })
    expect(await relayAll()).toMatchObject([{ attempts: 1, dueAt: minutesAfter(noon, 1) }])
  })

  it('takes over from a relay that died', async () => {
    await add(1)
    await database.sql`update outbox set relaying_until = now() - interval '1 second'`
    expect(await relayAll()).toHaveLength(1)
  })
})

describe('an entry', () => {
  it('is taken by one of many', async () => {
    const id = await addOne()
    const taken = await Promise.all(Array.from({ length: 10 }, () => outbox.take(id, noon, 60)))
    expect(taken.filter((entry) => entry !== null)).toMatchObject([{ id, attempts: 1 }])
  })

  it('is not taken before it is due, nor once it is done, nor when there is none', async () => {
    const id = await addOne(minutesAfter(noon, 1))
    expect(await outbox.take(id, noon, 60)).toBeNull()
    await outbox.done(await take(id, minutesAfter(noon, 1)), minutesAfter(noon, 1), 'active')
    expect(await outbox.take(id, minutesAfter(noon, 60), 60)).toBeNull()
    expect(await outbox.take(randomUUID(), noon, 60)).toBeNull()
    expect(await outbox.take('17', noon, 60)).toBeNull()
  })

  it('held too long is taken again', async () => {
    const id = await addOne()
    expect(await outbox.take(id, noon, 60)).toMatchObject({ attempts: 1 })
    expect(await outbox.take(id, minutesAfter(noon, 0.99), 60)).toBeNull()
    expect(await outbox.take(id, minutesAfter(noon, 1), 60)).toMatchObject({ attempts: 2 })
  })

  it('to be retried is free, due later, and relayed anew', async () => {
    const id = await addOne()
    await outbox.retry(await take(id), minutesAfter(noon, 5), 'unreachable\0')
    expect(await outbox.take(id, noon, 60)).toBeNull()
    expect(await relayAll()).toMatchObject([{ id, attempts: 1, dueAt: minutesAfter(noon, 5) }])
    expect(await outbox.take(id, minutesAfter(noon, 5), 60)).toMatchObject({ id, attempts: 2 })
  })

  it('that is done stays done', async () => {
    const id = await addOne()
    const taken = await take(id)
    await outbox.done(taken, noon, 'active')
    await outbox.retry(taken, noon, 'late')
    await outbox.done(taken, minutesAfter(noon, 1), 'again')
    expect(await database.sql`select result, done_at from outbox`).toEqual([
      { result: 'active', doneAt: noon },
    ])
    expect(await relayAll()).toEqual([])
  })
})

describe('an entry that was held too long', () => {
  const statement = () => database.sql`select result, last_error, held_until from outbox`

  it('is done by whoever held it, as long as nobody else has taken it', async () => {
    const first = await take(await addOne())
    await outbox.done(first, minutesAfter(noon, 5), 'late')
    expect(await statement()).toMatchObject([{ result: 'late' }])
  })

  it('is in the hands of whoever took it since, and nobody else says what became of it', async () => {
    const id = await addOne()
    const first = await take(id)
    const second = await take(id, minutesAfter(noon, 2))
    await outbox.done(first, minutesAfter(noon, 2), 'late')
    await outbox.retry(first, minutesAfter(noon, 2), 'late')
    expect(await statement()).toEqual([{ result: null, lastError: null, heldUntil: minutesAfter(noon, 3) }])
    await outbox.retry(second, minutesAfter(noon, 4), 'unreachable')
    expect(await statement()).toEqual([{ result: null, lastError: 'unreachable', heldUntil: null }])
  })
})

describe('what is overdue', () => {
  it('is taken most overdue first, of one queue, each by one of many', async () => {
    const effects = await add(50, (n) => minutesAfter(noon, -n))
    await store.transaction((tx) => tx.outbox.add({ kind: 'expire_request', requestId: randomUUID() }, noon))
    const first = await outbox.takeOverdue('activate', noon, noon, 60, 2)
    expect(first.map((entry) => entry.effect)).toEqual([effects[49], effects[48]])
    const sweeps = await Promise.all(
      Array.from({ length: 4 }, () => outbox.takeOverdue('activate', noon, noon, 60, 20)),
    )
    const rest = sweeps.flat()
    expect(new Set([...first, ...rest].map((entry) => entry.id)).size).toBe(first.length + rest.length)
    expect(rest.length).toBeGreaterThan(0)
  })

  it('leaves out what is due later, held or done', async () => {
    const [held, done] = [await addOne(), await addOne()]
    await add(1, () => minutesAfter(noon, 1))
    await take(held)
    await outbox.done(await take(done), noon, 'active')
    expect(await outbox.takeOverdue('activate', noon, minutesAfter(noon, 0.5), 60, 10)).toEqual([])
    expect(await outbox.takeOverdue('activate', noon, minutesAfter(noon, 1), 60, 10)).toMatchObject([
      { id: held },
    ])
  })

  it('is counted', async () => {
    expect(await outbox.backlog(noon)).toEqual({ overdue: 0, oldestDueAt: null })
    await add(3, (n) => minutesAfter(noon, n * 10))
    expect(await outbox.backlog(minutesAfter(noon, 15))).toEqual({ overdue: 2, oldestDueAt: noon })
  })
})

describe('an entry that this version cannot read', () => {
  /** As a later version may leave one, or a hand. */
  async function addUnreadable(): Promise<void> {
    await database.sql`
      insert into outbox (queue, effect, due_at)
      values ('activate', '{"kind": "extend_grant"}', ${minutesAfter(noon, -10)})`
  }

  it('keeps nobody from the others: relay and sweep go on', async () => {
    await addUnreadable()
    const effects = await add(2, (n) => minutesAfter(noon, n - 2))
    expect((await relayAll()).map((entry) => entry.effect)).toEqual(effects)
    const taken = await outbox.takeOverdue('activate', noon, noon, 60, 10)
    expect(taken.map((entry) => entry.effect)).toEqual(effects)
  })

  it('stays, overdue and with the reason, for a version that can', async () => {
    await addUnreadable()
    await outbox.takeOverdue('activate', noon, noon, 60, 10)
    expect(await outbox.backlog(noon)).toMatchObject({ overdue: 1 })
    const [row] = await database.sql`select last_error, done_at from outbox`
    expect(row).toEqual({ lastError: expect.stringContaining('cannot be read'), doneAt: null })
    expect(await outbox.takeOverdue('activate', noon, minutesAfter(noon, 1), 60, 10)).toEqual([])
  })
})

it('what was done before then is forgotten, what is not done is not', async () => {
  const [old, recent] = [await addOne(), await addOne()]
  await add(1)
  await outbox.done(await take(old), noon, 'active')
  await outbox.done(await take(recent), minutesAfter(noon, 10), 'active')
  await store.transaction((tx) => tx.interactions.claim('old', noon))
  expect(await outbox.prune(minutesAfter(noon, 5))).toBe(2)
  expect(await database.sql`select id from outbox`).toHaveLength(2)
  expect(await store.transaction((tx) => tx.interactions.claim('old', noon))).toBe(true)
})
