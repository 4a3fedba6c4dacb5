import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { parse } from 'yaml'
import { appFromManifest } from '../sandbox/manifest.ts'
import { type Sandbox, startSandbox } from '../sandbox/server.ts'
import { startEmbeddedPostgres } from '../src/db/embedded-postgres.ts'
import { bot, company } from './company.ts'
import { startBot } from './processes.ts'

/** Everything that the story needs, running. */
export interface Stage {
  readonly slack: Sandbox
  /** The database that people get access to, as its superuser. */
  readonly targetUrl: string
  readonly logFile: string
  /** Ends all that was started and deletes its data. */
  strike(): Promise<void>
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Starts, in order: two Postgres servers, a local Slack, and Daypass. */
export async function setStage(tell: (line: string) => void): Promise<Stage> {
  const directory = join(process.cwd(), '.daypass', `demo-${process.pid}`)
  mkdirSync(directory, { recursive: true })
  const ends: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })]
  const strike = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    tell('an embedded Postgres for Daypass, and another one that holds orders')
    const [own, target] = await Promise.all(
      ['own', 'target'].map((name) => startEmbeddedPostgres(join(directory, name), { throwaway: true })),
    )
    if (!own || !target) throw new Error('an embedded Postgres is missing')
    ends.push(own.destroy, target.destroy)
    const targetUrl = await target.database('orders')
    const adminUrl = await prepareTarget(targetUrl)

    tell('a local Slack')
    const slack = await startLocalSlack()
    ends.push(() => slack.close())

    tell('Daypass itself')
    const logFile = join(directory, 'daypass.log')
    const daypass = await startBot(
      {
        SLACK_BOT_TOKEN: secrets.botToken,
        SLACK_SIGNING_SECRET: secrets.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        DATABASE_URL: own.url,
        ORDERS_DB_ADMIN_URL: adminUrl,
        DAYPASS_CATALOG: here('./catalog.yml'),
        DAYPASS_POLICIES: here('../policies'),
      },
      logFile,
    )
    ends.push(daypass.stop)
    slack.setRequestUrl(bot.appId, `${daypass.url}/slack/events`)
    return { slack, targetUrl, logFile, strike }
  } catch (error) {
    await strike()
    throw error
  }
}

const secrets = { botToken: 'xoxb-demo', signingSecret: 'demo-signing-secret' }

function startLocalSlack(): Promise<Sandbox> {
  const manifest: unknown = parse(readFileSync(here('../manifest.yml'), 'utf8'))
  return startSandbox({ workspace: company, apps: [appFromManifest(manifest, { ...bot, ...secrets })] })
}

/** Fills the target, and gives the administrator that Daypass works as (no superuser) a password. */
async function prepareTarget(url: string): Promise<string> {
  const admin = new URL(url)
  admin.username = 'daypass_admin'
  admin.password = randomBytes(18).toString('base64url')
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(readFileSync(here('./target.sql'), 'utf8'))
    await sql.unsafe(`alter role daypass_admin password '${admin.password}'`)
  } finally {
    await sql.end()
  }
  return admin.href
}
