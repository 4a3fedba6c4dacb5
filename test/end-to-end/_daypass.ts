import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { freePort } from '../../fixtures/free-port.ts'
import { startLocalSlack } from '../../fixtures/local-slack.ts'
import { catalogPath, prepareTarget } from '../../fixtures/orders-target.ts'
import { importCompanyPeople } from '../../fixtures/people.ts'
import { redisBinary } from '../../fixtures/redis-server.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { Actor } from '../../sandbox/client.ts'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import type { Config } from '../../src/config.ts'
import { createLogger, type Logger } from '../../src/logger.ts'
import { startDaypass } from '../../src/main.ts'
import { freshDatabase } from '../_database.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { startOwnRedis, startRedis } from '../_redis.ts'

export type Delivery = 'http' | 'socket'
export type Queue = 'redis' | 'postgres'

/** The target server: one per test file, since starting it takes two seconds. */
export async function startTarget(): Promise<TestPostgres> {
  const target = await startPostgres18()
  await prepareTarget(target.superuserUrl)
  return target
}

/** Daypass as `npm start` runs it, in a local Slack: the company and catalog of fixtures/, a database and queue of its own. */
export async function startWorld(
  target: TestPostgres,
  options: {
    delivery?: Delivery
    queue?: Queue
    catalog?: string
    policies?: string
    redisUrl?: string
    log?: Logger
  } = {},
) {
  const {
    delivery = 'http',
    queue = 'postgres',
    catalog = catalogPath,
    policies = 'policies',
    redisUrl,
  } = options
  const place = await freshDatabase()
  const redis = queue === 'redis' && !redisUrl ? await redisOfOurOwn() : null
  const slack = await startLocalSlack({ delivery })
  const directory = mkdtempSync(join(tmpdir(), 'daypass-'))
  process.env.ORDERS_DB_ADMIN_URL = target.superuserUrl
  const port = await freePort()
  const config: Config = {
    slack: {
      botToken: slackApp.botToken,
      apiUrl: slack.apiUrl,
      delivery:
        delivery === 'http'
          ? { kind: 'http', signingSecret: slackApp.signingSecret }
          : { kind: 'socket', appToken: slackApp.appToken },
    },
    database: { kind: 'url', url: place.url, migrationUrl: null },
    directory,
    logKey: { file: null, command: null },
    outputKeyFile: join(directory, 'output-key'),
    redisUrl: redisUrl ?? redis?.url ?? null,
    http: { host: '127.0.0.1', port },
    publicOrigin: `http://localhost:${port}`,
    catalogPath: catalog,
    policiesPath: policies,
    logLevel: process.env.TEST_LOG_LEVEL ?? 'silent',
  }
  await importCompanyPeople(config)
  const daypass = await startDaypass(config, 'serve', options.log ?? createLogger(config.logLevel))
  const url = `http://127.0.0.1:${config.http.port}`
  if (delivery === 'http') slack.setRequestUrl(slackApp.appId, `${url}/slack/events`)
  return {
    daypass,
    config,
    slack,
    client: slack.client,
    url,
    signingSecret: slackApp.signingSecret,
    as: (name: 'dana' | 'erin' | 'sam' | 'carla' | 'gus') => slack.client.as(`U0${name.toUpperCase()}`),
    database: postgres(place.ownerUrl, { max: 2, onnotice: () => {} }),
    target: postgres(target.superuserUrl, { max: 2, onnotice: () => {} }),
    redis,
    async close() {
      await daypass.stop()
      await slack.close()
      await Promise.all([this.database.end(), this.target.end()])
      await redis?.close()
      await place.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
export type World = Awaited<ReturnType<typeof startWorld>>

/** One server for each world, because worlds on one server would perform each other's delayed jobs. */
function redisOfOurOwn() {
  return redisBinary ? startOwnRedis() : startRedis()
}

/** The visible text of a message. */
export function textOf(message: Pick<VisibleMessage, 'text' | 'blocks'> | undefined): string {
  return message ? plainText(message.blocks ?? []) || message.text : ''
}

/** The newest card in the owners' channel with this reference. */
export async function cardOf(actor: Actor, reference: string): Promise<VisibleMessage | undefined> {
  const messages = await actor.messages('C0ORDERS')
  return messages.findLast(
    (message) => !message.ephemeral && !message.threadTs && textOf(message).includes(reference),
  )
}

/** The newest direct message that matches. */
export async function directMessage(actor: Actor, pattern: RegExp): Promise<VisibleMessage | undefined> {
  return (await actor.directMessages()).findLast((message) => pattern.test(textOf(message)))
}

/** Asks with one line, as Carla; resolves with the reference. */
export async function ask(
  world: Pick<World, 'as' | 'client'>,
  line: string,
  who: 'carla' | 'gus' = 'carla',
): Promise<string> {
  const outcome = await world.as(who).command('/request-access', line, { channel: 'C0GENERAL' })
  const reference = /AR-\d+/.exec(textOf(outcome.response as VisibleMessage | undefined))?.[0]
  if (!reference) {
    const view = await world.as(who).view()
    throw new Error(`not submitted: ${JSON.stringify({ outcome, view })}`)
  }
  await world.client.waitFor(() => cardOf(world.as('dana'), reference), { what: `the card of ${reference}` })
  return reference
}
