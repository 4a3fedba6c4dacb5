import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, cardOf, directMessage, startTarget, startWorld, textOf, type World } from './_daypass.ts'

let target: TestPostgres
let world: World
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
beforeEach(async () => {
  world = await startWorld(target)
})
afterEach(async () => {
  const { violations } = await world.client.traffic()
  await world.close()
  expect(violations).toEqual([])
})

it('a lease with a planned start is given then, not before, and ends as planned', async () => {
  const roles = () => world.target`select rolname from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$'`
  const [carla, dana] = [world.as('carla'), world.as('dana')]
  const limits = { timeoutMs: 30_000 }
  const startsAt = new Date(Date.now() + 12_000)
  const start = `${startsAt.toISOString().slice(0, 19)}Z`
  const reference = await ask(
    world,
    `orders-db read-orders from ${start} for 8s because Checking the refunds of INC-42`,
  )
  await dana.press(decideActionIds.approve)
  await world.client.waitFor(() => directMessage(carla, /approved, .*Read orders.*Starts/), {
    ...limits,
    what: 'the news of the approval',
  })
  expect(await roles()).toEqual([])
  await world.client.waitFor(() => directMessage(carla, /you have .*Read orders/), {
    ...limits,
    what: 'the news of access',
  })
  const number = Number(reference.slice(3))
  const [lease] = await world.database`
    select g.activated_at, g.lease_ends_at from grants g join requests r on r.id = g.request_id where r.number = ${number}`
  expect(lease?.activated_at.getTime()).toBeGreaterThanOrEqual(Date.parse(start))
  expect(lease?.lease_ends_at).toEqual(new Date(Date.parse(start) + 8_000))
  await world.client.waitFor(async () => /Ended/.test(textOf(await cardOf(dana, reference))), {
    ...limits,
    what: 'the card of the end',
  })
  expect(await roles()).toEqual([])
})
