import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { type DaypassProcess, startDaypassProcess } from '../../fixtures/daypass-process.ts'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { importCompanyPeople } from '../../fixtures/people.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import { readConfig } from '../../src/config.ts'
import { freshDatabase } from '../_database.ts'
import type { TestPostgres } from '../_postgres.ts'
import { openProxy } from '../contract/breakable-proxy.ts'

/** Daypass in a process that can be killed and started again, before a target that can be taken away. */
export async function openKillable(
  target: Pick<TestPostgres, 'port' | 'superuserUrl'>,
  environment: Record<string, string> = {},
) {
  const place = await freshDatabase()
  const directory = mkdtempSync(join(tmpdir(), 'daypass-'))
  const proxy = await openProxy({ host: '127.0.0.1', port: target.port })
  const slack = await startLocalSlack()
  const adminUrl = new URL(target.superuserUrl)
  adminUrl.port = String(proxy.port)
  const variables = {
    ...slackEnvironment(slack),
    DATABASE_URL: place.url,
    DAYPASS_DIRECTORY: directory,
    ORDERS_DB_ADMIN_URL: adminUrl.href,
    DAYPASS_CATALOG: catalogPath,
    DAYPASS_POLICIES: 'policies',
    ...environment,
  }
  await importCompanyPeople(readConfig(variables))
  let running: DaypassProcess | null = null
  return {
    slack,
    client: slack.client,
    proxy,
    as: (name: string) => slack.client.as(`U0${name.toUpperCase()}`),
    database: postgres(place.ownerUrl, { max: 2, onnotice: () => {} }),
    target: postgres(target.superuserUrl, { max: 2, onnotice: () => {} }),
    async start() {
      running = await startDaypassProcess(variables, join(tmpdir(), `daypass-faults-${process.pid}.log`))
      slack.setRequestUrl(slackApp.appId, `${running.url}/slack/events`)
    },
    kill: async () => running?.kill(),
    async close() {
      await running?.stop()
      await slack.close()
      await Promise.all([this.database.end(), this.target.end()])
      await proxy.break()
      await place.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
export type Killable = Awaited<ReturnType<typeof openKillable>>
