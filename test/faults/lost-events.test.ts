import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { slackApp } from '../../fixtures/slack-app.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, directMessage, startTarget, startWorld, type World } from '../end-to-end/_daypass.ts'

vi.setConfig({ testTimeout: 60_000 })

let target: TestPostgres
let world: World
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
beforeEach(async () => {
  world = await startWorld(target)
  await ask(world, 'orders-db read-orders for 1h because Fixing INC-42 today')
  await world.as('dana').press(decideActionIds.approve)
  await reaches('active')
})
afterEach(() => world.close())

const grant = async () => (await world.database`select status, lease_ends_at, generation from grants`)[0]
const reaches = (wanted: string) =>
  world.client.waitFor(async () => (await grant())?.status === wanted, {
    timeoutMs: 20_000,
    what: `the grant to be ${wanted}`,
  })
/** Carla's account changes, and the event about it is lost. */
const changeUnheard = async (patch: Parameters<World['client']['updateUser']>[1]) => {
  world.slack.setRequestUrl(slackApp.appId, 'http://127.0.0.1:9/nobody')
  await world.client.updateUser('U0CARLA', patch)
  // Ten minutes pass.
  await world.database`update accounts set checked_at = checked_at - interval '10 minutes'`
}

it('the event that somebody was deactivated is lost: offboarded all the same', async () => {
  await changeUnheard({ role: 'deactivated' })
  await reaches('revoked')
})

it('the event that a guest’s account ends earlier is lost: the lease ends with it', async () => {
  const endsAt = new Date(Date.now() + 8_000)
  await changeUnheard({ guestExpiresAt: endsAt.toISOString() })
  await world.client.waitFor(() => directMessage(world.as('carla'), /ends earlier/), {
    timeoutMs: 15_000,
    what: 'the holder to be told',
  })
  await reaches('ended')
  expect(await grant()).toMatchObject({ generation: 2 })
})
