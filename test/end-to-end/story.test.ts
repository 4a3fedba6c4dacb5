import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../../src/slack/features/my-access/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { redisMissing, skipLoudly } from '../_redis.ts'
import { ask, cardOf, directMessage, startTarget, startWorld, textOf, type World } from './_daypass.ts'

let target: TestPostgres
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())

const skipRedis = skipLoudly('the whole request on Redis', redisMissing)

describe.each([
  { delivery: 'http', queue: 'redis' },
  { delivery: 'http', queue: 'postgres' },
  { delivery: 'socket', queue: 'redis' },
  { delivery: 'socket', queue: 'postgres' },
] as const)('over $delivery, delayed jobs in $queue', ({ delivery, queue }) => {
  let world: World
  beforeEach(async (context) => {
    if (queue === 'redis' && skipRedis) context.skip()
    world = await startWorld(target, { delivery, queue })
  })
  afterEach(async () => {
    const { violations } = await world.client.traffic()
    await world.close()
    expect(violations).toEqual([])
  })

  it('requested, approved by many at once, used, ended, removed and recorded', async () => {
    const [carla, dana, erin] = [world.as('carla'), world.as('dana'), world.as('erin')]
    const reference = await ask(world, 'orders-db read-orders for 5s because Checking the refunds of INC-42')

    const clicks = [dana, ...Array(10).fill(erin)] as (typeof erin)[]
    await Promise.all(
      clicks.map((person) => person.press(decideActionIds.approve).catch(() => 'the button was gone')),
    )
    const active = await world.client.waitFor(() => directMessage(carla, /you have .*Read orders/), {
      timeoutMs: 15_000,
      what: 'the news of access',
    })
    expect(await counts(world, reference)).toEqual({ decisions: 1, grants: 1 })
    expect(await leaseRoles(world)).toHaveLength(1)

    const url = await credentials(world)
    const session = new pg.Client({ connectionString: url })
    const cut = new Promise<Error>((resolve) => session.on('error', resolve))
    await session.connect()
    const { rows } = await session.query('select id, status, total from public.orders order by id')
    expect(rows).toHaveLength(4)
    await expect(session.query('select customer_email from public.orders')).rejects.toThrow(
      /permission denied/,
    )
    await expect(session.query('update public.orders set total = 0')).rejects.toThrow(/permission denied/)

    expect((await cut).message).toMatch(/terminating connection due to administrator command/)
    await world.client.waitFor(() => directMessage(carla, /is gone, read back/), {
      timeoutMs: 15_000,
      what: 'the news of the end',
    })
    expect(await leaseRoles(world)).toEqual([])
    await expect(new pg.Client({ connectionString: url }).connect()).rejects.toThrow(
      /password authentication failed|does not exist/,
    )
    // The edits follow the news of the end.
    await world.client.waitFor(
      async () => {
        const shown = (await carla.directMessages()).find(({ ts }) => ts === active.ts)
        return shown && !JSON.stringify(shown.blocks).includes(myAccessActionIds.credentials)
      },
      { timeoutMs: 15_000, what: 'the message without its buttons' },
    )
    await world.client.waitFor(async () => /Ended/.test(textOf(await cardOf(dana, reference))), {
      timeoutMs: 15_000,
      what: 'the card of the end',
    })

    const history = textOf(
      (await world.as('sam').command('/audit', reference, { channel: 'C0SECURITY' })).response as never,
    )
    for (const words of [
      'request submitted',
      'decision recorded',
      'grant activated',
      'grant ended',
      'is gone',
      'grant activity recorded',
    ]) {
      expect(history).toContain(words)
    }
    // The target counts nothing: the last statement of the session that was open is what is seen.
    expect(history).toMatch(/What was done:\* at least \d+ statements? on 1 table/)
  })
})

async function counts(
  { database }: World,
  reference: string,
): Promise<{ decisions: number; grants: number }> {
  const number = Number(reference.slice(3))
  const [row] = await database`
    select (select count(*)::int from decisions d where d.request_id = r.id) as decisions,
           (select count(*)::int from grants g where g.request_id = r.id) as grants
    from requests r where r.number = ${number}`
  return { decisions: row?.decisions, grants: row?.grants }
}

async function leaseRoles({ target }: World): Promise<string[]> {
  const rows = await target`select rolname from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$'`
  return rows.map(({ rolname }) => rolname)
}

async function credentials(world: World): Promise<string> {
  const carla = world.as('carla')
  await carla.press(myAccessActionIds.credentials)
  const url = await world.client.waitFor(
    async () =>
      /postgresql:\/\/[^\s'"]+/.exec(textOf({ text: '', blocks: (await carla.view())?.blocks ?? [] }))?.[0],
    { what: 'the credentials' },
  )
  await carla.closeView()
  return url
}
