import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { addHold, liftHold, listHolds } from '../../src/commands/hold.ts'
import { closeReviewCommand, listReviews, showReview, startReviewCommand } from '../../src/commands/review.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { freshDatabase } from '../_database.ts'
import { daypass, rules } from './_command.ts'

let environment: Record<string, string>
let database: Database
const ends: (() => unknown)[] = []
beforeAll(async () => {
  const [slack, place] = await Promise.all([startLocalSlack(), freshDatabase()])
  const folder = mkdtempSync(join(tmpdir(), 'daypass-leads-'))
  const catalog = readFileSync(rules.DAYPASS_CATALOG, 'utf8')
  const reviews = 'reviews:\n  quarterly: { name: Quarterly, of: [leases], deadline: 14d, undecided: keep }\n'
  writeFileSync(join(folder, 'catalog.yml'), `${catalog}\n${reviews}`)
  database = openDatabase(place.url)
  ends.push(
    () => database.close(),
    () => place.drop(),
    () => slack.close(),
    () => rmSync(folder, { recursive: true }),
  )
  const ORDERS_DB_ADMIN_URL = 'postgres://daypass_admin:hunter22@db.internal/orders'
  const DAYPASS_CATALOG = join(folder, 'catalog.yml')
  environment = {
    ...rules,
    ...slackEnvironment(slack),
    DATABASE_URL: place.url,
    ORDERS_DB_ADMIN_URL,
    DAYPASS_CATALOG,
  }
})
afterAll(async () => {
  for (const end of ends) await end()
})

/** As a process of its own. */
const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await daypass(args, environment)
  return { code, said: `${stdout}${stderr}`.trim() }
}
/** In this process, which starts sooner. */
async function here(command: () => Promise<void>) {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  try {
    await command()
    return printed.mock.calls.join('').trim()
  } finally {
    printed.mockRestore()
    vi.unstubAllEnvs()
  }
}

it('daypass hold places, lists and asks to lift a legal hold, for security leads only', async () => {
  expect(await here(listHolds)).toBe('There was no legal hold yet.')
  const add = (changes: object) => here(() => addHold({ by: 'U0SAM', because: 'Case 42', ...changes }))
  await expect(add({})).rejects.toThrow('Name one: --person U0CARLA')
  await expect(add({ all: true, person: 'U0ERIN' })).rejects.toThrow('Name one: --person U0CARLA')
  await expect(add({ all: true, from: 'monday' })).rejects.toThrow(
    '--from needs a day (2026-11-01), not monday.',
  )
  await expect(add({ person: 'erin' })).rejects.toThrow('--person needs the Slack user id')
  await expect(add({ request: '12' })).rejects.toThrow('--request needs a reference (AR-1042), not 12.')
  await expect(add({ request: 'AR-1042' })).rejects.toThrow('There is no request AR-1042.')
  await expect(add({ all: true, because: ' ' })).rejects.toThrow('Say why')
  await expect(add({ all: true, by: 'U0ERIN' })).rejects.toThrow('U0ERIN is no security lead')
  const days = ['--from', '2026-01-01', '--to', '2026-03-31']
  const placed = ['hold', 'add', '--by', 'U0SAM', '--because', 'Case 42', '--resource', 'orders-db', ...days]
  expect(await run(...placed)).toEqual({
    code: 0,
    said: expect.stringMatching(
      /^LH-1 stands: everything on orders-db from 2026-01-01T00:00:00.000Z to 2026-03-31T23:59:59.999Z, placed .* by U0SAM$/,
    ),
  })
  await expect(here(() => liftHold('LH-2', { by: 'U0SAM' }))).rejects.toThrow('There is no legal hold LH-2.')
  await expect(here(() => liftHold('LH-1', { by: 'U0ERIN' }))).rejects.toThrow('U0ERIN is no security lead')
  expect(await here(() => liftHold('LH-1', { by: 'U0SAM' }))).toContain(
    'Another security lead has to confirm it',
  )
  expect(await here(listHolds)).toMatch(
    /^LH-1 {2}everything on orders-db.*U0SAM asks to lift it\n {4}because Case 42$/,
  )
  const events = await database.sql`select action from audit_events where action like 'hold.%' order by id`
  expect(events.map(({ action }) => action)).toEqual([
    'hold.refused',
    'hold.placed',
    'hold.refused',
    'hold.lift_asked',
  ])
})

it('daypass review starts, lists, shows and closes an access review', async () => {
  expect(await here(listReviews)).toBe('There was no access review yet.')
  await expect(here(() => startReviewCommand('yearly'))).rejects.toThrow(
    'The catalog names no review yearly. It names: quarterly.',
  )
  expect(await here(() => startReviewCommand('quarterly'))).toMatch(/^RV-1 has begun: Quarterly, until /)
  expect(await here(listReviews)).toMatch(/^RV-1 {2}Quarterly {2}began .*, open until /)
  expect(await here(() => showReview('rv-1'))).toContain('Every item: daypass report review --review RV-1')
  await expect(here(() => showReview('RV-9'))).rejects.toThrow('There is no review RV-9.')
  expect(await run('review', 'close', 'RV-1')).toEqual({ code: 0, said: 'RV-1 is being closed by a worker.' })
  await here(() => closeReviewCommand('RV-1'))
  const events = await database.sql`select action from audit_events where action like 'review.%' order by id`
  expect(events.map(({ action }) => action)).toEqual(['review.started', 'review.closing'])
})
