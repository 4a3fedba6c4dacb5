import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { freshDatabase } from '../_database.ts'
import { daypass, rules } from './_command.ts'

let environment: Record<string, string>
const ends: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  const [slack, place] = await Promise.all([startLocalSlack(), freshDatabase()])
  ends.push(
    () => slack.close(),
    () => place.drop(),
  )
  const ORDERS_DB_ADMIN_URL = 'postgres://daypass_admin:hunter22@db.internal/orders'
  environment = { ...rules, ...slackEnvironment(slack), DATABASE_URL: place.url, ORDERS_DB_ADMIN_URL }
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

const explain = (...args: string[]) =>
  daypass(['explain', '--entitlement', 'orders-db/read-orders', ...args], environment)

describe('daypass explain', { timeout: 60_000 }, () => {
  it('names what would happen, the rules that decide, and who could approve', async () => {
    const { code, stdout, stderr } = await explain('--who', 'U0ERIN', '--for', '2h')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/\(U0ERIN\) asks for orders-db\/read-orders for 2h\n {2}Permitted\./)
    expect(stdout).toContain('request: permitted by permit employees-may-request.')
    expect(stdout).toMatch(/✔ .*\(U0DANA\)/)
    expect(code).toBe(0)
  })

  it('names the moments that need a proof of who is clicking', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-explain-'))
    try {
      const catalog = readFileSync(rules.DAYPASS_CATALOG, 'utf8').replace(
        'defaults:',
        'defaults:\n  stepUp: { low: [request, approve] }',
      )
      writeFileSync(join(folder, 'catalog.yml'), catalog)
      const DAYPASS_CATALOG = join(folder, 'catalog.yml')
      const PUBLIC_URL = 'https://daypass.acme.test'
      const command = ['explain', '--entitlement', 'orders-db/read-orders', '--who', 'U0ERIN']
      const { stdout, stderr } = await daypass(command, { ...environment, DAYPASS_CATALOG, PUBLIC_URL })
      expect(stderr).toBe('')
      expect(stdout).toContain('Needs a proof of who is clicking at: request, approve.')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('answers with JSON, and with 1 where the request could not be submitted', async () => {
    const { code, stdout } = await explain('--who', 'U0ERIN', '--for', '9h', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'invalid', problems: [{ field: 'duration' }] })
    expect(code).toBe(1)
  })

  it('says what is wrong with its own arguments', async () => {
    const { code, stderr } = await explain('--who', 'U0ERIN', '--at', 'noon')
    expect([code, stderr]).toEqual([1, '--at needs an instant such as 2026-11-22T18:00:00Z.\n'])
  })
})
