import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { parse } from 'yaml'
import { bot, company } from '../../demo/company.ts'
import { type BotProcess, startBot } from '../../demo/processes.ts'
import { appFromManifest } from '../../sandbox/manifest.ts'
import { startSandbox } from '../../sandbox/server.ts'
import { freshDatabase } from '../_database.ts'
import type { TestPostgres } from '../_postgres.ts'
import { openProxy } from '../contract/breakable-proxy.ts'

const secrets = { botToken: 'xoxb-faults', signingSecret: 'faults-secret' }

/** Daypass in a process that can be killed and started again, before a target that can be taken away. */
export async function openKillable(target: TestPostgres, environment: Record<string, string> = {}) {
  const place = await freshDatabase()
  const proxy = await openProxy({ host: '127.0.0.1', port: target.port })
  const manifest = parse(readFileSync('manifest.yml', 'utf8'))
  const slack = await startSandbox({
    workspace: structuredClone(company),
    apps: [appFromManifest(manifest, { ...bot, ...secrets })],
  })
  const adminUrl = new URL(target.superuserUrl)
  adminUrl.port = String(proxy.port)
  let running: BotProcess | null = null
  return {
    slack,
    client: slack.client,
    proxy,
    as: (name: string) => slack.client.as(`U0${name.toUpperCase()}`),
    database: postgres(place.url, { max: 2, onnotice: () => {} }),
    target: postgres(target.superuserUrl, { max: 2, onnotice: () => {} }),
    async start() {
      running = await startBot(
        {
          SLACK_BOT_TOKEN: secrets.botToken,
          SLACK_SIGNING_SECRET: secrets.signingSecret,
          SLACK_API_URL: slack.apiUrl,
          DATABASE_URL: place.url,
          ORDERS_DB_ADMIN_URL: adminUrl.href,
          DAYPASS_CATALOG: 'demo/catalog.yml',
          DAYPASS_POLICIES: 'policies',
          ...environment,
        },
        join(tmpdir(), `daypass-faults-${process.pid}.log`),
      )
      slack.setRequestUrl(bot.appId, `${running.url}/slack/events`)
    },
    kill: async () => running?.kill(),
    async close() {
      await running?.stop()
      await slack.close()
      await Promise.all([this.database.end(), this.target.end()])
      await proxy.break()
      await place.drop()
    },
  }
}
export type Killable = Awaited<ReturnType<typeof openKillable>>
