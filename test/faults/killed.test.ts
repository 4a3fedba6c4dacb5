import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../../src/slack/features/my-access/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { directMessage, startTarget } from '../end-to-end/_daypass.ts'
import { type Killable, openKillable } from './_killable.ts'

// A killed worker's hold on what it had begun lasts 30 s.
vi.setConfig({ testTimeout: 120_000 })

let target: TestPostgres
let world: Killable
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
beforeEach(async () => {
  world = await openKillable(target)
  await world.start()
})
afterEach(() => world.close())

const ask = (lease: string) =>
  world
    .as('carla')
    .command('/request-access', `orders-db read-orders for ${lease} because Fixing INC-42 today`, {
      channel: 'C0GENERAL',
    })
const approve = async () => {
  const dana = world.as('dana')
  await world.client.waitFor(async () => (await dana.messages('C0ORDERS')).length > 0, { what: 'the card' })
  await dana.press(decideActionIds.approve)
}
const status = async () => (await world.database`select status from grants`)[0]?.status
const reaches = (wanted: string, timeoutMs = 45_000) =>
  world.client.waitFor(async () => (await status()) === wanted, {
    timeoutMs,
    what: `the grant to be ${wanted}`,
  })
/** The number of roles at the target for the grants of this world. */
const roles = async () => {
  const grants = await world.database`select id from grants`
  const names = grants.map(({ id }) => `daypass_${id.replaceAll('-', '')}`)
  return (await world.target`select from pg_roles where rolname = any(${names})`).length
}

it('killed while a lease runs, and down when it ends: revoked as soon as it is back', async () => {
  await ask('4s')
  await approve()
  await reaches('active')
  await world.kill()
  await world.client.waitFor(
    async () => (await world.database`select from grants where lease_ends_at < clock_timestamp()`).length > 0,
    { timeoutMs: 10_000, what: 'the lease to be over' },
  )
  expect(await roles()).toBe(1)
  await world.start()
  await reaches('ended', 10_000)
  expect(await roles()).toBe(0)
  await world.client.waitFor(() => directMessage(world.as('carla'), /is gone, read back/), {
    what: 'the news of the end',
  })
})

it('killed between approval and activation, with the target away: active exactly once when both are back', async () => {
  await world.proxy.break()
  await ask('1h')
  await approve()
  await reaches('activating')
  await world.kill()
  await world.proxy.mend()
  await world.start()
  await reaches('active')
  expect(await roles()).toBe(1)
  const told = async () =>
    (await world.as('carla').directMessages()).filter(({ blocks }) =>
      JSON.stringify(blocks).includes(myAccessActionIds.credentials),
    )
  await world.client.waitFor(async () => (await told()).length > 0, { what: 'the news of access' })
  expect(await told()).toHaveLength(1)
})

it('killed during a revocation that cannot reach its target: the revocation continues, and people are informed', async () => {
  await ask('3s')
  await approve()
  await reaches('active')
  await world.proxy.break()
  await reaches('revocation_failed')
  await world.client.waitFor(async () => (await world.as('sam').messages('C0SECURITY')).length > 0, {
    what: 'security to be told',
  })
  await world.kill()
  expect(await roles()).toBe(1)
  await world.proxy.mend()
  await world.start()
  await reaches('ended', 70_000)
  expect(await roles()).toBe(0)
})
