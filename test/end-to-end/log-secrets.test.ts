import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDaypassProcess } from '../../fixtures/daypass-process.ts'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { importCompanyPeople } from '../../fixtures/people.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import { readConfig } from '../../src/config.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../../src/slack/features/my-access/ids.ts'
import { freshDatabase } from '../_database.ts'
import type { TestPostgres } from '../_postgres.ts'
import { cardOf, directMessage, startTarget, textOf } from './_daypass.ts'

let target: TestPostgres
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-log-'))
  target = await startTarget()
})
afterAll(async () => {
  await target.close()
  rmSync(folder, { recursive: true, force: true })
})

it('I6: the whole log of a lease, at the most detailed level, contains no secret', {
  timeout: 60_000,
}, async () => {
  const [slack, place] = await Promise.all([startLocalSlack(), freshDatabase()])
  const log = join(folder, 'daypass.log')
  const variables = {
    ...slackEnvironment(slack),
    DATABASE_URL: place.url,
    ORDERS_DB_ADMIN_URL: target.superuserUrl,
    DAYPASS_CATALOG: catalogPath,
    DAYPASS_POLICIES: 'policies',
    LOG_LEVEL: 'trace',
  }
  await importCompanyPeople(readConfig(variables))
  const daypass = await startDaypassProcess(variables, log)
  slack.setRequestUrl(slackApp.appId, `${daypass.url}/slack/events`)
  const { client } = slack
  const [carla, erin] = [client.as('U0CARLA'), client.as('U0ERIN')]

  const asked = await carla.command(
    '/request-access',
    'orders-db read-orders for 4s because Checking INC-42',
    {
      channel: 'C0GENERAL',
    },
  )
  const reference = /AR-\d+/.exec(JSON.stringify(asked.response))?.[0] ?? 'not asked'
  await client.waitFor(() => cardOf(erin, reference), { what: 'the card' })
  await erin.press(decideActionIds.approve)
  await client.waitFor(() => directMessage(carla, /you have .*Read orders/), { what: 'the access' })
  await carla.press(myAccessActionIds.credentials)
  const shown = await client.waitFor(
    async () =>
      /postgresql:\/\/[^\s'"]+/.exec(textOf({ text: '', blocks: (await carla.view())?.blocks ?? [] }))?.[0],
    { what: 'the credentials' },
  )
  await client.waitFor(() => directMessage(carla, /is gone, read back/), {
    timeoutMs: 20_000,
    what: 'the end',
  })
  // The log also has a delivery without a signature, and a target that does not answer.
  await fetch(`${daypass.url}/slack/events`, { method: 'POST', body: 'token=xoxb-forged-hunter22' })
  await daypass.stop()
  await slack.close()
  await place.drop()

  const text = readFileSync(log, 'utf8')
  expect(text).toContain('Daypass is up')
  const secrets = {
    botToken: slackApp.botToken,
    signingSecret: slackApp.signingSecret,
    leasePassword: new URL(shown).password,
    administrator: passwordIn(target.superuserUrl),
    ownDatabase: passwordIn(place.url),
    forged: 'hunter22',
    answerToCommand: '/commands/',
    answerToAction: '/actions/',
  }
  expect(Object.entries(secrets).filter(([, secret]) => secret === '')).toEqual([])
  expect(Object.entries(secrets).filter(([, secret]) => text.includes(secret))).toEqual([])
})

/** With the colon and the @ around it, because passwords of test servers are words that a log may contain. */
function passwordIn(url: string): string {
  return `:${new URL(url).password}@`
}
