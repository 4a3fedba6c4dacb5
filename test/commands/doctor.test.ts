import { pino } from 'pino'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../fixtures/free-port.ts'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { prepareTarget } from '../../fixtures/orders-target.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { jsonAnswer } from '../../src/http-route.ts'
import { freshDatabase } from '../_database.ts'
import { startPostgres18 } from '../_postgres.ts'
import { daypass, rules } from './_command.ts'

let well: Record<string, string>
let ownerUrl: string
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const [slack, place, target] = await Promise.all([startLocalSlack(), freshDatabase(), startPostgres18()])
  ends.push(
    () => slack.close(),
    () => place.drop(),
    () => target.close(),
  )
  ownerUrl = place.ownerUrl
  const orders = target.url({ database: 'postgres' })
  await prepareTarget(target.superuserUrl)
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const page = createHttpServer({
    ...{ host: '127.0.0.1', port, logger: pino({ level: 'silent' }) },
    routes: [{ path: '/step-up/origin', method: 'GET', handler: () => jsonAnswer(200, { origin }) }],
  })
  await page.start()
  ends.push(() => page.stop(1_000))
  well = {
    ...{ ...rules, ...slackEnvironment(slack) },
    ...{ DATABASE_URL: place.url, ORDERS_DB_ADMIN_URL: orders, PUBLIC_URL: origin },
  }
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

const address = (password: string) => `postgres://daypass:${password}@127.0.0.1:1/daypass`

describe('daypass doctor', { timeout: 60_000 }, () => {
  it('names all that it looked at, and ends with 0 where nothing is wrong', async () => {
    const { code, stdout, stderr } = await daypass(['doctor'], well)
    expect(stderr).toBe('')
    expect(marks(stdout)).toEqual([
      '✔ Database',
      '✔ Audit log',
      '✔ Rules',
      '✔ Queue',
      '✔ Grants and messages',
      '✔ Slack token and scopes',
      '✔ Slack channels',
      '✔ Slack user groups',
      '✔ Slack people',
      '✔ Step-up page',
      '✔ Orders database (orders-db)',
      '✔ Customer records (customers-db)',
      '✔ Payment cards (cards-db)',
    ])
    expect(stdout).toMatch(/\nAll is well\.\n$/)
    expect(code).toBe(0)
  })

  it('says how to part the roles where the application owns the audit log', async () => {
    const { code, stdout } = await daypass(['doctor'], { ...well, DATABASE_URL: ownerUrl })
    expect(stdout).toContain('✘ Audit log: the role "postgres" of DATABASE_URL owns the audit log')
    const sql = /→ .*As the owner: (.*); then name that role/.exec(stdout)?.[1] ?? ''
    const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} })
    await owner.unsafe(sql.replaceAll('daypass_app', 'daypass_pasted').replace("'...'", "'pasted'"))
    const url = new URL(ownerUrl)
    Object.assign(url, { username: 'daypass_pasted', password: 'pasted' })
    const again = await daypass(['doctor'], { ...well, DATABASE_URL: url.href })
    await owner`drop owned by daypass_pasted cascade`
    await owner`drop role daypass_pasted`.finally(() => owner.end())
    expect(again.stdout).toContain('✔ Audit log: nothing is signed yet')
    expect([code, again.code]).toEqual([1, 0])
  })

  it.each([
    ['a bot token that is not valid', { SLACK_BOT_TOKEN: 'xoxb-hunter22' }, /^Slack/, 'SLACK_BOT_TOKEN'],
    [
      'a database that is away',
      { DATABASE_URL: address('hunter22') },
      /^(Database|Audit log|Queue|Grants)/,
      'DATABASE_URL',
    ],
    [
      'a target that is away',
      { ORDERS_DB_ADMIN_URL: address('hunter22') },
      /-db\)$/,
      'See that the target runs',
    ],
    [
      'another address of the page',
      { PUBLIC_URL: 'http://daypass.localhost:1' },
      /^Step-up page/,
      'Look at the proxy before Daypass',
    ],
    [
      'an embedded Postgres without a place',
      { DATABASE_URL: '', DAYPASS_DIRECTORY: '/dev/null/daypass' },
      /^(Database|Audit log|Queue|Grants)/,
      'Set DAYPASS_DIRECTORY',
    ],
  ])('%s: says so with a remedy, ends with 1, and still looks at the rest', async (_, fault, ill, remedy) => {
    const { code, stdout, stderr } = await daypass(['doctor'], { ...well, ...fault })
    const all = marks(stdout)
    const found = (mark: string) => all.filter((line) => line.startsWith(mark)).map((line) => line.slice(2))
    expect(found('✘').length).toBeGreaterThan(0)
    expect(found('✘').filter((name) => !ill.test(name))).toEqual([])
    expect(found('✔').filter((name) => ill.test(name))).toEqual([])
    expect(new Set(found('✘').concat(found('✔'))).size).toBe(13)
    expect(stdout).toMatch(new RegExp(`\\n {4}→ .*${remedy}`))
    expect(stdout).toMatch(/\n\d of 13 need you\.\n$/)
    expect(stdout + stderr).not.toContain('hunter22')
    expect(code).toBe(1)
  })
})

/** `✔ Database`, `✘ Queue`, ... in the order printed. */
function marks(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => /^([✔✘] [^:]+): /.exec(line)?.[1] ?? [])
}
