import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const logger = fileURLToPath(new URL('./logger.ts', import.meta.url))

/** What a process prints that logs so. */
function printed(statement: string): string {
  const script = `import { createLogger } from ${JSON.stringify(logger)}; const log = createLogger('trace'); ${statement}`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  return execFileSync(process.execPath, args, { encoding: 'utf8' })
}

describe('a secret', () => {
  it.each([
    ['by its name', `log.info({ password: 'hunter22' }, 'x')`],
    ['by its name, two levels down', `log.info({ config: { slack: { botToken: 'hunter22' } } }, 'x')`],
    [
      'in a field of an error',
      `log.error({ err: Object.assign(new Error('x'), { url: 'http://a/hunter22' }) }, 'x')`,
    ],
    ['as a token of Slack', `log.info('xoxb-1-hunter22 and xapp-1-hunter22 and xoxe.xoxp-1-hunter22')`],
    ['in the URL of a database', `log.info('cannot reach postgres://daypass:hunter22@db/daypass')`],
    ['in the URL of a Redis without a user', `log.info('cannot reach redis://:hunter22@cache')`],
    ['in an error and its stack', `log.error({ err: new Error('postgres://u:hunter22@db refused') }, 'x')`],
    [
      'in the cause of an error',
      `log.error({ err: new Error('x', { cause: new Error('rediss://u:hunter22@h') }) })`,
    ],
    [
      'in the address that Slack wants an answer at',
      `log.warn('POST https://hooks.slack.com/commands/T0/1/hunter22')`,
    ],
    ['in a header', `log.info({ line: 'Authorization: Bearer hunter22' })`],
  ])('%s is cut out', (_, statement) => {
    const line = printed(statement)
    expect(line).not.toContain('hunter22')
    expect(line).toContain('[redacted]')
    expect(JSON.parse(line)).toHaveProperty('level')
  })
})

it('everything else stays as it is', () => {
  const line = printed(
    `log.warn({ resourceId: 'orders-db', at: 'http://127.0.0.1:3000/readyz', mail: 'a@b.c' }, 'late: 3 s')`,
  )
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    resourceId: 'orders-db',
    at: 'http://127.0.0.1:3000/readyz',
    mail: 'a@b.c',
    msg: 'late: 3 s',
  })
})
