import { describe, expect, it } from 'vitest'
import { freshDatabase } from '../_database.ts'
import { daypass, rules } from './_command.ts'

const complete = {
  ...rules,
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_SIGNING_SECRET: 'shh',
  ORDERS_DB_ADMIN_URL: 'postgres://admin:hunter22@127.0.0.1:1/orders',
  PUBLIC_URL: 'http://localhost:3000',
}

it('a catalog that asks for proofs is refused where no page could take them', {
  timeout: 60_000,
}, async () => {
  const { code, stderr } = await daypass(['serve'], { ...complete, PUBLIC_URL: '' })
  expect(stderr).toContain('PUBLIC_URL is not set')
  expect(code).toBe(1)
})

describe('an address that cannot be read', { timeout: 60_000 }, () => {
  it.each([
    ['migrate', 'postgres://daypass:hunter%zz22@127.0.0.1/daypass'],
    ['serve', 'postgres://daypass:hunter/22@127.0.0.1/daypass'],
    ['doctor', 'postgres://daypass:hunter#22@127.0.0.1/daypass'],
  ])('refuses `daypass %s` with the variable, the remedy, and nothing of it: %s', async (command, url) => {
    const { code, stdout, stderr } = await daypass([command], { ...complete, DATABASE_URL: url })
    expect(stderr).toMatch(
      /^The environment cannot be used:\n {2}DATABASE_URL: .* Percent-encode special characters .*\n$/,
    )
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('is named where it is that of Redis, too', async () => {
    const place = await freshDatabase()
    for (const url of [
      'redis://:hunter%zz22@cache',
      'redis://:hunter/22@cache',
      'redis+sentinel://hunter22',
    ]) {
      const environment = { ...complete, DATABASE_URL: place.url, REDIS_URL: url }
      const { code, stderr } = await daypass(['serve'], environment)
      expect(stderr).toMatch(/^[^\n]*Redis[^\n]* Correct REDIS_URL\.\n$/)
      expect(stderr).not.toContain('hunter')
      expect(code).toBe(1)
    }
    await place.drop()
  })
})
