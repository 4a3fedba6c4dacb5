// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the catalog's own variables
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { daypass, folder, rules } from './_command.ts'

const target = 'postgres://daypass_admin:hunter22@db.internal/orders'
const example = readFileSync('fixtures/catalog.yml', 'utf8')

function catalog(name: string, text: string): Record<string, string> {
  const path = join(folder, name)
  writeFileSync(path, text)
  return { ...rules, DAYPASS_CATALOG: path }
}

describe('daypass check', { timeout: 60_000 }, () => {
  it('needs no secrets, and says which it did without', async () => {
    const { code, stdout, stderr } = await daypass(['check'], rules)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/catalog\.yml: \d+ resources?, \d+ entitlements?, 1 action\.\n/)
    expect(stdout).toContain('ORDERS_DB_ADMIN_URL is not set. Values with it were not checked.')
    expect(stdout).toMatch(/All is well\.\n$/)
    expect(code).toBe(0)
  })

  it('takes a variable that is empty for absent: so are the secrets of a pull request from a fork', async () => {
    const { code, stdout } = await daypass(['check'], { ...rules, ORDERS_DB_ADMIN_URL: '' })
    expect(stdout).toContain('ORDERS_DB_ADMIN_URL is not set')
    expect(code).toBe(0)
  })

  it('with --require-secrets refuses what a start would refuse', async () => {
    const { code, stdout, stderr } = await daypass(['check', '--require-secrets'], rules)
    expect(stderr).toMatch(/catalog\.yml:\d+:\d+.*ORDERS_DB_ADMIN_URL is not set/)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('says nothing of secrets that are there', async () => {
    for (const options of [[], ['--require-secrets']]) {
      const { code, stdout } = await daypass(['check', ...options], { ...rules, ORDERS_DB_ADMIN_URL: target })
      expect(stdout).not.toContain('not set')
      expect(code).toBe(0)
    }
  })

  it('finds everything else that is wrong while secrets are absent', async () => {
    const broken = example
      .replace('risk: low', 'risk: none')
      .replace(/^( *)kind: postgres$/m, '$1kind: postgres\n$1urll: x')
    const { code, stderr } = await daypass(['check'], catalog('broken.yml', broken))
    expect(stderr).toContain('risk')
    expect(stderr).toContain('Unknown key `urll`.')
    expect(stderr).not.toContain('ORDERS_DB_ADMIN_URL')
    expect(code).toBe(1)
  })

  it('checks what stands around an absent part, and other values that are there', async () => {
    const partly = example.replaceAll(
      '${ORDERS_DB_ADMIN_URL}',
      'postgres://admin:${ORDERS_PASSWORD}@db/orders',
    )
    const { code, stdout } = await daypass(['check'], catalog('partly.yml', partly))
    expect(stdout).toContain('ORDERS_PASSWORD is not set')
    expect(code).toBe(0)
    const wrong = await daypass(['check'], {
      ...rules,
      ORDERS_DB_ADMIN_URL: 'mysql://root:hunter22@db/orders',
    })
    expect(wrong.stderr).toMatch(/catalog\.yml:\d+:\d+: `url`: Expected postgres:/)
    expect(wrong.stderr).not.toContain('hunter22')
    expect(wrong.code).toBe(1)
  })

  it('does not guess where a channel is absent', async () => {
    const text = example.replace(/channel: C\w+/, 'channel: ${SECURITY_CHANNEL}')
    const { code, stdout } = await daypass(['check'], catalog('channel.yml', text))
    expect(stdout).toContain('SECURITY_CHANNEL')
    expect(code).toBe(0)
  })
})
