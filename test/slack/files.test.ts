import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startLocalSlack } from '../../fixtures/local-slack.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { Sandbox } from '../../sandbox/server.ts'
import { createSlackClients, fetchOnlySlack } from '../../src/slack/api/clients.ts'
import { createFiles, type Files } from '../../src/slack/api/files.ts'
import { explainSlackError } from '../../src/slack/api/slack-error.ts'

const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
const chart = { name: 'weeks.png', title: 'Weeks', content: png, altText: 'Three requests a week.' }

let slack: Sandbox
let files: Files
beforeAll(async () => {
  slack = await startLocalSlack({ delivery: 'http' })
  const logger = pino({ level: 'silent' })
  const { background: client } = createSlackClients({
    botToken: slackApp.botToken,
    apiUrl: slack.apiUrl,
    logger,
  })
  files = createFiles({ client, fetch: fetchOnlySlack(slack.apiUrl) })
})
afterAll(() => slack.close())

it('a person gets files in one direct message, and images with their words', async () => {
  const text = { name: 'rows.csv', title: 'Rows', content: Buffer.from('a,b\n') }
  await files.shareWithPerson('U0SAM', { files: [chart, text], comment: 'Here they are' })
  const [message, ...others] = await slack.client.as('U0SAM').directMessages()
  expect(others).toEqual([])
  expect(message).toMatchObject({
    text: 'Here they are',
    files: [
      { name: 'weeks.png', title: 'Weeks', size: png.length, altText: 'Three requests a week.' },
      { name: 'rows.csv', size: 4 },
    ],
  })
  const shown = await fetch(message?.files?.[0]?.url ?? '')
  expect(shown.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await shown.arrayBuffer()).equals(png)).toBe(true)
})

it('a channel gets them where the bot is, and nowhere else', async () => {
  await files.share('C0ORDERS', { files: [chart], comment: 'Weeks' })
  expect((await slack.client.as('U0DANA').messages('C0ORDERS')).at(-1)?.files).toHaveLength(1)
  const refused = await files.share('C0NOWHERE', { files: [chart], comment: '' }).catch(explainSlackError)
  expect(refused).toMatchObject({ code: 'channel_not_found', retryable: false })
  expect((await slack.client.traffic()).violations.filter(({ kind }) => kind !== 'not_acknowledged')).toEqual(
    [],
  )
})
