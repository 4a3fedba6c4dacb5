import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort } from '../../fixtures/free-port.ts'
import { startLocalSlack } from '../../fixtures/local-slack.ts'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import { sign } from '../../sandbox/delivery/sign.ts'
import { createLogger } from '../../src/logger.ts'
import { startDaypass } from '../../src/main.ts'
import { freshDatabase } from '../_database.ts'

const { signingSecret, botToken } = slackApp
const body = new URLSearchParams({
  command: '/request-access',
  text: 'help',
  api_app_id: slackApp.appId,
  team_id: 'T0',
  user_id: 'U0CARLA',
  channel_id: 'C0GENERAL',
  trigger_id: '1.2.3',
  response_url: 'https://hooks.slack.com/commands/1',
}).toString()

it('operators are answered while Slack has not said who we are; deliveries are put off, and taken afterwards', async () => {
  const [place, slack, port] = await Promise.all([freshDatabase(), startLocalSlack(), freePort()])
  const directory = mkdtempSync(join(tmpdir(), 'daypass-'))
  process.env.ORDERS_DB_ADMIN_URL ??= 'postgres://nobody:nothing@127.0.0.1:1/orders'
  await slack.client.fault({ method: 'auth.test', kind: 'server_error', times: 1_000 })
  const starting = startDaypass(
    {
      slack: { botToken, apiUrl: slack.apiUrl, delivery: { kind: 'http', signingSecret } },
      database: { kind: 'url', url: place.url, migrationUrl: null },
      directory,
      logKey: { file: null, command: null },
      outputKeyFile: join(directory, 'output-key'),
      redisUrl: null,
      publicOrigin: `http://localhost:${port}`,
      http: { host: '127.0.0.1', port },
      catalogPath,
      policiesPath: 'policies',
      logLevel: 'silent',
    },
    'serve',
    createLogger('silent'),
  )
  const url = `http://127.0.0.1:${port}`
  const deliver = async (secret: string) => {
    const timestamp = Math.floor(Date.now() / 1000)
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': sign(secret, timestamp, body),
    }
    return (await fetch(`${url}/slack/events`, { method: 'POST', headers, body })).status
  }
  const isUp = () =>
    fetch(`${url}/healthz`)
      .then(({ ok }) => ok)
      .catch(() => false)
  await slack.client.waitFor(isUp, { timeoutMs: 20_000, what: 'Daypass to answer operators' })

  const ready = await fetch(`${url}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({ ready: false, phase: 'starting' })
  expect(await deliver(signingSecret)).toBe(503)
  expect(await deliver('forged')).toBe(401)

  await slack.client.clearFaults()
  const daypass = await starting
  expect(await deliver(signingSecret)).toBe(200)
  await daypass.stop()
  expect(await isUp()).toBe(false)
  await slack.close()
  await place.drop()
  rmSync(directory, { recursive: true, force: true })
})
