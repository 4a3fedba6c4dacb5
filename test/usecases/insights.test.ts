import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseDocument } from 'yaml'
import { messageProblems } from '../../sandbox/validity/blocks.ts'
import { findInsights } from '../../src/domain/insight/find-insights.ts'
import type { EntitlementHistory, Insight } from '../../src/domain/insight/insight.ts'
import { insightContent } from '../../src/slack/messages/insight.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { orderInsights } from '../../src/usecases/insight/order-insights.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { freshDatabase } from '../_database.ts'
import { baseCatalog, openWorld, type World, who } from '../_world.ts'
import { daypass, rules } from '../commands/_command.ts'

const catalog = baseCatalog(() => {
  throw new Error('nothing is opened here')
})
const days90 = 90 * 86_400
const nothing: EntitlementHistory = {
  ...{
    resourceId: 'orders-db',
    entitlementId: 'read-orders',
    requests: 20,
    leases: 20,
    approved: 0,
    unapproved: 0,
  },
  ...{
    approvedWithinSeconds: null,
    longestSeconds: null,
    usedLeases: 0,
    lastedSeconds: null,
    usedForSeconds: null,
  },
  deniedAlike: [],
}
const find = (changes: Partial<EntitlementHistory>, goesBack = false): Insight[] =>
  findInsights(catalog, { goesBack, entitlements: [{ ...nothing, ...changes }] }, days90)
const kinds = (insights: Insight[]) => insights.map(({ kind, entitlementId }) => `${kind} ${entitlementId}`)

const often = { approved: 12, approvedWithinSeconds: 90, longestSeconds: 7200 }
const long = { usedLeases: 12, lastedSeconds: 8 * 3600, usedForSeconds: 600 }

const ends: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends) await end()
})

describe('what could be changed', () => {
  it('is said where it is sure, and not before', () => {
    expect(kinds(find({}))).toEqual([])
    expect(kinds(find({}, true))).toEqual(['unused fix-orders'])
    expect(kinds(find({ ...often, ...long, deniedAlike: [1001, 1002, 1003] }))).toEqual([
      'always_approved read-orders',
      'too_long read-orders',
      'denied_alike read-orders',
    ])
    expect(kinds(find({ ...often, unapproved: 1 }))).toEqual([])
    expect(kinds(find({ ...often, approvedWithinSeconds: 301 }))).toEqual([])
    expect(kinds(find({ ...often, entitlementId: 'fix-orders' }))).toEqual([])
    expect(kinds(find({ ...long, usedForSeconds: 3600 }))).toEqual([])
    expect(kinds(find({ deniedAlike: [1001, 1002] }))).toEqual([])
  })

  it('is a change that `daypass check` accepts, applied to the catalog and the policies', async () => {
    const all = [...find({ ...often, ...long, deniedAlike: [1001, 1002, 1003] }), ...find({}, true)]
    const folder = mkdtempSync(join(tmpdir(), 'daypass-insight-'))
    try {
      cpSync(rules.DAYPASS_POLICIES, join(folder, 'policies.next'), { recursive: true })
      const next = parseDocument(readFileSync(rules.DAYPASS_CATALOG, 'utf8'))
      for (const [at, { patch }] of all.entries()) {
        if (patch.language === 'cedar')
          writeFileSync(join(folder, 'policies.next', `insight-${at}.cedar`), patch.text)
        else if (patch.change === 'remove')
          next.deleteIn(leavesOf(parse(patch.text)).flatMap(([path]) => path))
        else for (const [path, value] of leavesOf(parse(patch.text))) next.setIn(path, value)
      }
      writeFileSync(join(folder, 'catalog.next.yml'), String(next))
      const checked = await daypass(['check'], {
        DAYPASS_CATALOG: join(folder, 'catalog.next.yml'),
        DAYPASS_POLICIES: join(folder, 'policies.next'),
      })
      expect(checked).toEqual({ code: 0, stdout: expect.any(String), stderr: '' })
      expect(next.getIn(['resources', 'orders-db', 'entitlements', 'read-orders', 'defaultDuration'])).toBe(
        '30m',
      )
      // Each command that is printed runs, where these files are.
      const place = await freshDatabase()
      ends.push(() => place.drop())
      const commands = [...new Set(all.map(({ replay }) => replay))]
      expect(commands.toSorted()).toEqual([
        'daypass replay --since 90d --catalog catalog.next.yml',
        'daypass replay --since 90d --policies policies.next',
      ])
      for (const command of commands) {
        const args = command
          .split(' ')
          .slice(1)
          .map((arg) => (/^(catalog|policies)[.]next/.test(arg) ? join(folder, arg) : arg))
        const replayed = await daypass(args, {
          ...rules,
          DATABASE_URL: place.url,
          ORDERS_DB_ADMIN_URL: 'postgres://daypass_admin:hunter22@db.internal/orders',
        })
        expect(replayed).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('0 would have been otherwise.'),
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is a valid message, however much there is', () => {
    const insights = Array.from({ length: 30 }, () => find({ ...long, deniedAlike: [1, 2, 3] })).flat()
    const { blocks } = insightContent({ channelId: 'C0ORDERS', week: '', insights, overSeconds: days90 })
    expect(messageProblems(JSON.parse(JSON.stringify(blocks)))).toEqual([])
    expect(JSON.stringify(blocks).length).toBeLessThan(12_000)
  })
})

function leavesOf(value: unknown, path: string[] = []): [string[], unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, inside]) => leavesOf(inside, [...path, key]))
}

describe('the weekly message', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world.close())

  it('comes once a week, to the owners, by what the database tells, and not where there is nothing to say', async () => {
    const insight = { weekday: 2, hour: 9, zone: 'Europe/Lisbon', overSeconds: days90 }
    await orderInsights(world.ports)
    Object.assign(world.ports.catalog, { insight })
    const week = async () => {
      for (let at = 0; at < 3; at += 1) await orderInsights(world.ports)
      await world.processAll()
      return world.channel.insights.map(({ channelId, insights }) => [channelId, ...kinds([...insights])])
    }
    // Sunday: the last Tuesday is too long ago. Then Tuesday at nine, with nothing to say.
    expect(await week()).toEqual([])
    world.clock.advance(2 * 86_400 + 60)
    expect(await week()).toEqual([])
    for (const reason of ['Use the replica', ' use the REPLICA', 'Use the replica', 'Something else']) {
      const { id } = await world.ask()
      await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'deny', reason })
    }
    const { id } = await world.ask()
    world.clock.advance(30)
    await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
    await world.processAll()
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId: id })
    await world.processAll()
    const facts = await world.ports.store.insightFacts(new Date(0))
    expect(facts).toMatchObject({
      goesBack: false,
      entitlements: [
        {
          ...{ entitlementId: 'read-orders', requests: 5, leases: 1, approved: 1, unapproved: 4 },
          ...{
            approvedWithinSeconds: 30,
            longestSeconds: 3600,
            usedLeases: 0,
            deniedAlike: [1001, 1002, 1003],
          },
        },
      ],
    })
    world.clock.advance(6 * 86_400)
    expect(await week()).toEqual([])
    world.clock.advance(86_400)
    expect(await week()).toEqual([['C0ORDERS', 'denied_alike read-orders']])
    world.clock.advance(3_600)
    expect(await week()).toHaveLength(1)
    const printed = await daypass(['insight', '--since', '3650d', '--resource', 'orders-db'], {
      ...rules,
      ...{
        DATABASE_URL: world.databaseUrl,
        ORDERS_DB_ADMIN_URL: 'postgres://daypass:secret@localhost/orders',
      },
    })
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    expect(printed.stdout).toMatch(
      /^orders-db\/read-orders: 3 requests of 3650d were denied with the same reason: AR-1001, AR-1002, AR-1003\.\n {2}Put into the catalog:\n {4}resources:/,
    )
    expect(printed.stdout).toContain('daypass replay --since 3650d --catalog catalog.next.yml')
  })
})
