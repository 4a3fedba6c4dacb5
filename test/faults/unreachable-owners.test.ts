import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { VisibleMessage } from '../../sandbox/types.ts'
import type { TestPostgres } from '../_postgres.ts'
import { directMessage, startTarget, startWorld, textOf, type World } from '../end-to-end/_daypass.ts'

vi.setConfig({ testTimeout: 60_000 })

interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

let target: TestPostgres
let world: World
let lines: Line[]
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
beforeEach(async () => {
  lines = []
  const write = (line: Buffer, _: unknown, next: () => void) => {
    lines.push(JSON.parse(String(line)))
    next()
  }
  world = await startWorld(target, { log: pino({ level: 'warn' }, new Writable({ write })) })
})
afterEach(() => world.close())

const metric = async (name: string) => {
  const text = await (await fetch(`${world.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}
const request = async () => {
  const line = 'orders-db read-orders for 1h because Fixing INC-42 today'
  const { response } = await world.as('carla').command('/request-access', line, { channel: 'C0GENERAL' })
  return textOf(response as VisibleMessage | undefined)
}
const securityReads = async () =>
  (await world.as('sam').messages('C0SECURITY')).map(textOf).filter((text) => text.includes('posted'))

it('the bot is not in the owners’ channel: logged, counted, reported to security once and to the requester, until it is mended', async () => {
  await world.client.removeFromChannel('C0ORDERS', 'U0DAYPASS')
  for (const answer of [await request(), await request()]) expect(answer).not.toContain('owners decide')
  await world.client.waitFor(
    async () =>
      (await world.as('carla').directMessages()).filter((it) => /could not be reached/.test(textOf(it)))
        .length === 2,
    { timeoutMs: 15_000, what: 'the requester to be told of both' },
  )
  const told = textOf(await directMessage(world.as('carla'), /could not be reached/))
  expect(told).toMatch(/tries again/)
  expect(told).not.toContain('is with the owners')
  await world.client.waitFor(async () => (await securityReads()).length > 0, { what: 'security to be told' })
  expect(await metric('daypass_messages_undelivered')).toBe(2)
  const logged = lines.filter(({ msg }) => msg === 'a message could not be delivered')
  expect(logged.length).toBeGreaterThanOrEqual(2)
  expect(logged[0]).toMatchObject({ channelId: 'C0ORDERS', code: 'not_in_channel' })
  expect(logged[0]?.problem).toContain('Invite it there')
  expect((await fetch(`${world.url}/readyz`)).status).toBe(200)

  await world.client.addToChannel('C0ORDERS', 'U0DAYPASS')
  // The next attempt is due.
  await world.database`update outbox set due_at = now() where done_at is null and last_error is not null`
  await world.client.waitFor(() => directMessage(world.as('carla'), /is with the owners/), {
    timeoutMs: 15_000,
    what: 'the requester to read that the owners have it',
  })
  await world.client.waitFor(async () => (await metric('daypass_messages_undelivered')) === 0, {
    timeoutMs: 15_000,
    what: 'nothing to be undelivered',
  })
  const [message, ...more] = await securityReads()
  expect(more).toEqual([])
  await world.client.waitFor(async () => /is posted now/.test((await securityReads())[0] ?? ''), {
    what: `security to read that it is mended, not: ${message}`,
  })
})
