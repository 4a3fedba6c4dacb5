import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPastResults } from '../../src/db/past-results.ts'
import type { PastResult } from '../../src/domain/past-result.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { replayResult } from '../../src/usecases/rules/replay.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'
import { daypass, rules } from './_command.ts'

let world: World
let past: PastResult[]
const folder = mkdtempSync(join(tmpdir(), 'daypass-replay-'))
beforeAll(async () => {
  world = await openWorld()
  const request = await world.ask()
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  const shipped = world.ports.policy
  const closed = `@id("closed") @reason("Closed.") forbid (principal, action == Action::"request", resource);`
  Object.assign(world.ports, { policy: policiesWith(closed) })
  world.clock.advance(60)
  await requestAccess(world.ports, { ...usualAsk(), ticket: 'INC-42' })
  Object.assign(world.ports, { policy: shipped })
  past = []
  for await (const one of readPastResults(world.database, new Date(0))) past.push(one)
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

const replayed = (more: string, catalog = world.ports.catalog) =>
  past.map((one) => {
    const { kind, was, now } = replayResult({ catalog, policy: policiesWith(more) }, one)
    return `${kind}: ${was} -> ${now}`
  })
const forbid = (action: string, condition = '') =>
  `@id("new") @reason("New.") forbid (principal, action == Action::"${action}", resource) ${condition};`

describe('past results judged by new rules', () => {
  it('are as they were under the same rules, and otherwise where the rules changed', () => {
    expect(replayed('')).toEqual([
      'request: permitted -> permitted',
      'decision: permitted -> permitted',
      'refusal: refused -> permitted',
    ])
    expect(replayed(forbid('approve', 'when { principal.userId == "U0DANA" }'))).toEqual([
      'request: permitted -> permitted',
      'decision: permitted -> refused',
      'refusal: refused -> permitted',
    ])
    expect(replayed(forbid('request', 'when { principal.isGuest }'))[0]).toBe('request: permitted -> refused')
  })

  it('are judged by the new catalog: what it offers, for how long, its risk and its approvers', () => {
    const { catalog } = world.ports
    const orders = catalog.resources.get('orders-db')
    const read = orders?.entitlements.get('read-orders')
    if (!orders || !read) throw new Error('no read-orders')
    const changed = (change: Partial<typeof read>, approvers = orders.owners.approvers) => ({
      ...catalog,
      contentHash: 'other',
      resources: new Map([
        [
          'orders-db',
          {
            ...orders,
            owners: { ...orders.owners, approvers },
            entitlements: new Map([['read-orders', { ...read, ...change }]]),
          },
        ],
      ]),
    })
    expect(replayed('', changed({ maxDurationSeconds: 60 }))[0]).toBe('request: permitted -> refused')
    expect(replayed('', changed({ approvers: ['U0ERIN'] }, ['U0ERIN']))[1]).toBe(
      'decision: permitted -> refused',
    )
    const grave = forbid('request', 'when { resource.risk == "critical" }')
    expect(replayed(grave, changed({ risk: 'critical' }))[0]).toBe('request: permitted -> refused')
    expect(replayed('', { ...catalog, resources: new Map() })[0]).toBe('request: permitted -> refused')
  })

  it('are not told where the facts were not looked up, or not kept', () => {
    expect(replayed(forbid('request', 'when { principal in UserGroup::"S0NEW" }'))[0]).toMatch(/unknown$/)
    expect(replayed(forbid('request', 'when { context.activeLeases > 3 }'))[0]).toMatch(/unknown$/)
    expect(replayed(forbid('request', 'unless { context has ticket }'))).toEqual([
      'request: permitted -> refused',
      'decision: permitted -> permitted',
      'refusal: refused -> unknown',
    ])
    const old = past.map(({ policy: { basis: _, ...policy }, ...one }): PastResult => ({ ...one, policy }))
    const one = old[0]
    if (!one) throw new Error('nothing past')
    const { catalog, policy } = world.ports
    expect(replayResult({ catalog, policy }, one)).toMatchObject({
      now: 'unknown',
      why: 'The facts were not kept.',
    })
  })
})

describe('daypass replay', { timeout: 120_000 }, () => {
  it('prints what would have been otherwise, as a table and as JSON, and ends with 1 where there is something', async () => {
    const place = join(folder, 'policies')
    mkdirSync(place)
    cpSync('policies/default.cedar', join(place, 'default.cedar'))
    writeFileSync(join(place, 'new.cedar'), forbid('approve'))
    const environment = {
      ...rules,
      DATABASE_URL: world.databaseUrl,
      ORDERS_DB_ADMIN_URL: 'postgres://daypass_admin:hunter22@db.internal/orders',
    }
    const run = (...args: string[]) => daypass(['replay', '--since', '3650d', ...args], environment)
    const text = await run('--policies', place)
    expect(text.stderr).toBe('')
    expect(text.stdout).toMatch(/AR-1001 +U0DANA +approve +orders-db\/read-orders +permitted -> refused +new/)
    expect(text.code).toBe(1)
    const json = await run('--policies', place, '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      judged: 3,
      changed: expect.arrayContaining([
        expect.objectContaining({ kind: 'decision', was: 'permitted', now: 'refused', decidedBy: ['new'] }),
      ]),
    })
  })
})
