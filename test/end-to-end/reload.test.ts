import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import type { TestPostgres } from '../_postgres.ts'
import { ask, cardOf, directMessage, startTarget, startWorld, textOf, type World } from './_daypass.ts'

let target: TestPostgres
let folder: string
let world: World
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-rules-'))
  cpSync('policies', folder, { recursive: true })
  cpSync(catalogPath, catalog())
  world = await startWorld(target, { catalog: catalog(), policies: folder })
})
afterEach(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

const catalog = () => join(folder, 'catalog.yml')
const editCatalog = (edit: (text: string) => string) =>
  writeFileSync(catalog(), edit(readFileSync(catalog(), 'utf8')))
const events = () => world.database<{ action: string; details: Record<string, unknown> }[]>`
  select action, details from audit_events where action like 'rules.%' order by id`
const untilRecorded = (count: number) =>
  world.client.waitFor(async () => ((await events()).length >= count ? true : undefined), {
    what: `${count} events about the rules`,
  })
const get = async (path: string) => (await fetch(`${world.url}${path}`)).text()
const toldSecurity = async () =>
  (await world.as('sam').messages('C0SECURITY')).filter((message) => /refused/.test(textOf(message)))

it('a changed policy holds within seconds, and the reload is recorded with both hashes', async () => {
  const before = await get('/metrics')
  writeFileSync(
    join(folder, 'more.cedar'),
    '@id("closed") @reason("Closed for the stocktaking.") forbid (principal, action == Action::"request", resource);',
  )
  await untilRecorded(1)
  const outcome = await world
    .as('carla')
    .command('/request-access', 'orders-db read-orders for 1h because x y z refunds', {
      channel: 'C0GENERAL',
    })
  expect(JSON.stringify(outcome.response)).toContain('Closed for the stocktaking.')
  const [event] = await events()
  expect(event).toMatchObject({ action: 'rules.reloaded', details: { process: { role: 'serve' } } })
  const { before: old, after } = (event?.details ?? {}) as {
    [key in 'before' | 'after']?: Record<string, string>
  }
  expect(old?.catalog).toBe(after?.catalog)
  expect(before).toContain(`policies="${old?.policies}"`)
  expect(await get('/metrics')).toContain(`policies="${after?.policies}"`)
})

it('a version that cannot be used is refused, told to security once, and the one before stays until it is corrected', async () => {
  const sound = readFileSync(catalog(), 'utf8')
  editCatalog((text) => text.replace('risk: low', 'risk: tiny'))
  await untilRecorded(1)
  await world.daypass.reload()
  await world.daypass.reload()
  await ask(world, 'orders-db read-orders for 1h because Checking the refunds of INC-42')
  expect(await events()).toMatchObject([{ action: 'rules.refused' }])
  const ready = await fetch(`${world.url}/readyz`)
  expect([ready.status, await ready.json()]).toMatchObject([200, { rules: 'refused' }])
  expect(await get('/metrics')).toContain('daypass_rules_refused 1')
  await world.client.waitFor(async () => ((await toldSecurity()).length > 0 ? true : undefined), {
    what: 'the message to security',
  })
  const [told, ...more] = await toldSecurity()
  expect(more).toEqual([])
  expect(textOf(told)).toMatch(/catalog\.yml:\d+:\d+/)

  writeFileSync(catalog(), sound)
  await world.daypass.reload()
  expect(await get('/metrics')).toContain('daypass_rules_refused 0')
  expect(await get('/readyz')).toContain('"rules":"current"')
})

it('a resource that the catalog gains can be asked for; one that it loses is offered no more, and its leases end on time', async () => {
  await ask(world, 'orders-db read-orders for 8s because Checking the refunds of INC-42')
  await world.as('erin').press(decideActionIds.approve)
  await world.client.waitFor(() => directMessage(world.as('carla'), /you have .*Read orders/), {
    timeoutMs: 15_000,
    what: 'the news of access',
  })
  editCatalog((text) => text.replace('\n  orders-db:\n', '\n  shop-db:\n'))
  await world.daypass.reload()
  const gone = await world
    .as('carla')
    .command('/request-access', 'orders-db read-orders for 1h because Checking it again', {
      channel: 'C0GENERAL',
    })
  expect(JSON.stringify(gone)).not.toMatch(/AR-1002/)
  const reference = await ask(world, 'shop-db read-orders for 1h because Checking the refunds of INC-42')
  expect(textOf(await cardOf(world.as('dana'), reference))).toContain('Read orders')
  await world.client.waitFor(() => directMessage(world.as('carla'), /is gone, read back/), {
    timeoutMs: 12_000,
    what: 'the end of the lease',
  })
  const grants = await world.database`select status from grants`
  expect(grants).toEqual([{ status: 'ended' }])
}, 40_000)
