import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { prepareTarget } from '../../fixtures/orders-target.ts'
import { freshDatabase } from '../_database.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { run } from '../contract/postgres-world.ts'
import { daypass, rules } from './_command.ts'

let environment: Record<string, string>
let target: TestPostgres
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const [slack, place, server] = await Promise.all([startLocalSlack(), freshDatabase(), startPostgres18()])
  target = server
  ends.push(
    () => slack.close(),
    () => place.drop(),
    () => server.close(),
  )
  await prepareTarget(target.superuserUrl)
  const orders = target.url({ database: 'postgres' })
  environment = { ...rules, ...slackEnvironment(slack), DATABASE_URL: place.url, ORDERS_DB_ADMIN_URL: orders }
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

it('says for each target whether the grants account for what Daypass made there', {
  timeout: 60_000,
}, async () => {
  const before = await daypass(['reconcile'], environment)
  expect(before.code).toBe(0)
  expect(before.stdout).toContain('orders-db: 0 leases at the target, as the grants say.\n')
  const role = `daypass_${randomUUID().replaceAll('-', '')}`
  await run(target.superuserUrl, `create role ${role} login; create role casey login`)
  const { code, stdout } = await daypass(['reconcile'], environment)
  expect(code).toBe(0)
  expect(stdout).toContain('orders-db: 1 lease at the target, and 1 difference.')
  expect(stdout).toContain(`no grant accounts for role ${role}`)
  expect(stdout).not.toContain('casey')
})

it('a target that does not answer is named, and the command fails', { timeout: 60_000 }, async () => {
  const away = { ...environment, ORDERS_DB_ADMIN_URL: 'postgres://daypass:s3cret@127.0.0.1:1/orders' }
  const { code, stdout } = await daypass(['reconcile'], away)
  expect(code).toBe(1)
  expect(stdout).toMatch(/^orders-db: the database does not/)
  expect(stdout).not.toContain('s3cret')
})
