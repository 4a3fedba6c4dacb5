import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ownRedisMissing, skipLoudly, startOwnRedis } from '../_redis.ts'
import {
  ask,
  cardOf,
  directMessage,
  startTarget,
  startWorld,
  textOf,
  type World,
} from '../end-to-end/_daypass.ts'

vi.setConfig({ testTimeout: 60_000 })

let target: TestPostgres
let world: World
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
afterEach(() => world.close())

const line = (lease: string) => `orders-db read-orders for ${lease} because Fixing INC-42 today`
const statusOf = async () => (await world.database`select status from grants`)[0]?.status
const reaches = (wanted: string, timeoutMs = 30_000) =>
  world.client.waitFor(async () => (await statusOf()) === wanted, {
    timeoutMs,
    what: `the grant to be ${wanted}`,
  })
const cards = async () =>
  (await world.as('dana').messages('C0ORDERS')).filter((message) => !message.ephemeral && !message.threadTs)

describe('Slack misbehaves', () => {
  it('the answer to the card’s post is lost: a click on the unknown copy counts, and both copies are edited', async () => {
    world = await startWorld(target)
    // The card is posted first; the requester is informed only after it.
    await world.client.fault({ method: 'chat.postMessage', times: 1, kind: 'lost_response' })
    await world.as('carla').command('/request-access', line('1h'), { channel: 'C0GENERAL' })
    await world.client.waitFor(async () => (await cards()).length === 2, {
      timeoutMs: 30_000,
      what: 'two copies',
    })
    const [forgotten] = await cards()
    if (!forgotten) throw new Error('no card')
    await world
      .as('dana')
      .press(decideActionIds.approve, { message: { channel: forgotten.channel, ts: forgotten.ts } })
    await reaches('active')
    await world.client.waitFor(
      async () =>
        (await cards()).every((card) => !JSON.stringify(card.blocks).includes(decideActionIds.approve)),
      { what: 'the buttons to go from both' },
    )
  })

  it.each([
    ['answers 500', { kind: 'server_error' as const }],
    ['asks for a pause', { kind: 'rate_limited' as const, retryAfter: 1 }],
    ['cuts the connection', { kind: 'reset' as const }],
  ])('chat.postMessage %s: every message comes all the same, once', async (_, fault) => {
    world = await startWorld(target)
    await world.client.fault({ method: 'chat.postMessage', times: 3, ...fault })
    await world.as('carla').command('/request-access', line('1h'), { channel: 'C0GENERAL' })
    await world.client.waitFor(async () => (await cards()).length > 0, {
      timeoutMs: 30_000,
      what: 'the card',
    })
    await world.as('dana').press(decideActionIds.approve)
    await world.client.waitFor(() => directMessage(world.as('carla'), /you have/), {
      timeoutMs: 30_000,
      what: 'the news',
    })
    expect(await cards()).toHaveLength(1)
  })

  it('Slack cannot identify the approver: the click is refused and changes nothing, and it works when Slack is back', async () => {
    world = await startWorld(target)
    // Dana, because Erin is the sponsor, about whom Slack was asked for the request.
    const reference = await ask(world, line('1h'))
    await world.client.fault({ method: 'users.info', times: 100, kind: 'server_error' })
    await world.as('dana').press(decideActionIds.approve)
    const answer = await world.client.waitFor(
      async () => (await world.as('dana').messages('C0ORDERS')).find(({ ephemeral }) => ephemeral),
      { what: 'an honest answer' },
    )
    expect(textOf(answer)).toMatch(/nothing was changed|try again/i)
    expect(await world.database`select from decisions`).toHaveLength(0)
    await world.client.clearFaults()
    await world.as('dana').press(decideActionIds.approve)
    await reaches('active')
    expect(textOf(await cardOf(world.as('dana'), reference))).toMatch(/active/i)
  })
})

describe.skipIf(skipLoudly('Redis away', ownRedisMissing))('Redis misbehaves', () => {
  it('wiped while a lease runs: it ends on time', async () => {
    world = await startWorld(target, { queue: 'redis' })
    await ask(world, line('6s'))
    await world.as('dana').press(decideActionIds.approve)
    await reaches('active')
    await world.redis?.wipe()
    await reaches('ended', 12_000)
    const [row] = await world.database`
      select extract(epoch from ended_at - lease_ends_at)::float8 as late from grants`
    expect(row?.late).toBeLessThan(6)
  })

  it('frozen: clicks are answered, access is given, and the lease still ends on time', async () => {
    const redis = await startOwnRedis()
    world = await startWorld(target, { queue: 'redis', redisUrl: redis.url })
    try {
      redis.freeze()
      const asked = await world.as('carla').command('/request-access', line('5s'), { channel: 'C0GENERAL' })
      expect(asked).toMatchObject({ ok: true })
      expect(asked.ackMs).toBeLessThan(2_500)
      await world.client.waitFor(async () => (await cards()).length > 0, {
        timeoutMs: 30_000,
        what: 'the card',
      })
      expect(await world.as('dana').press(decideActionIds.approve)).toMatchObject({ ok: true })
      await reaches('ended', 40_000)
    } finally {
      redis.thaw()
      await world.close()
      await redis.close()
      world = await startWorld(target)
    }
  })
})
