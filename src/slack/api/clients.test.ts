import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSlackClients, fetchOnlySlack, redact, slackLogger, webClientOptions } from './clients.ts'

let calls: string[]
let url: string
const server = createServer((request, response) => {
  calls.push(request.url ?? '')
  response.writeHead(500).end()
})
beforeAll(async () => {
  calls = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('a call to Slack', () => {
  it('goes to Slack only, whatever a payload says', async () => {
    const ours = fetchOnlySlack('https://slack.com/api/')
    await expect(ours('https://evil.test/')).rejects.toThrow('evil.test is not Slack')
    await expect(ours('https://evilslack.com/')).rejects.toThrow('is not Slack')
    await expect(ours('http://hooks.slack.com/x')).rejects.toThrow('is not Slack')
    await expect(ours('http://169.254.169.254/latest')).rejects.toThrow('is not Slack')
    expect((await fetchOnlySlack(`${url}/api/`)(`${url}/actions/1`)).status).toBe(500)
  })

  it('is made once: whoever asked decides whether to try again', async () => {
    calls = []
    const { background } = createSlackClients({
      botToken: 'xoxb-x',
      apiUrl: `${url}/api/`,
      logger: pino({ level: 'silent' }),
    })
    await expect(background.users.info({ user: 'U1' })).rejects.toThrow()
    expect(calls).toEqual(['/api/users.info'])
  })

  it('sets no headers that clients would share', () => {
    expect(webClientOptions({ apiUrl: url, logger: pino({ level: 'silent' }) }, 1)).not.toHaveProperty(
      'headers',
    )
  })
})

describe('the log', () => {
  it('has no tokens and no response addresses', () => {
    const secrets = 'xoxb-1-Ab_2 xapp-1-A xoxe.xoxp-1 https://hooks.slack.com/commands/T1/2/abc'
    expect(redact(`before ${secrets} after`)).toBe('before [token] [token] [token] [response url] after')
  })

  it('has nothing of what Bolt says at debug, where it writes whole payloads', () => {
    const lines: string[] = []
    const logger = slackLogger(pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }))
    logger.debug('payload', 'justification')
    logger.warn(new Error('token xoxb-1'))
    expect(lines.length).toBe(1)
    expect(lines[0]).toContain('token [token]')
  })
})
