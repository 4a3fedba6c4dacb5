import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrateDatabase } from '../../src/db/migrate.ts'
import type { LoadOrder, LoadReport } from '../load/orders.ts'
import { type Child, fromRoot, startChild } from './children.ts'
import { approvers, requesters, slack } from './people.ts'
import { once, type Server } from './server.ts'

/** What all parts use: Postgres, a stub of Slack, the load generator, and the target of the access. */
export interface Environment {
  readonly server: Server
  readonly slackUrl: string
  /** The database in which access is granted. */
  readonly targetUrl: string
  readonly catalogPath: string
  /** Flags of Node for the bot. */
  readonly nodeFlags: readonly string[]
  load(order: Omit<LoadOrder, 'signingSecret'>): Promise<LoadReport>
  /** How often each method of the Web API was called since the start. */
  slackCalls(): Promise<Readonly<Record<string, number>>>
  log(name: string): string
  close(): Promise<void>
}

/** The migrated, empty database from which the others are cloned. */
export const emptyTemplate = 'bot_empty'

export async function startEnvironment(server: Server, nodeFlags: readonly string[]): Promise<Environment> {
  const log = (name: string) => join(server.folder, `${name}.log`)
  const stub = startChild('bench/processes/stub-slack.ts', { log: log('slack') })
  const generator = startChild('bench/processes/load-generator.ts', { log: log('load') })
  const { port } = await stub.greeting<{ port: number }>()
  const targetUrl = await makeTarget(server)
  const empty = await server.create(emptyTemplate)
  await migrateDatabase(empty)
  await engageRequesters(empty)
  const catalogPath = join(server.folder, 'catalog.yml')
  await writeFile(catalogPath, catalogOf(targetUrl))
  return {
    server,
    slackUrl: `http://127.0.0.1:${port}`,
    targetUrl,
    catalogPath,
    nodeFlags,
    log,
    load: async (order) => {
      const answer = await generator.ask<LoadReport | { error: string }>({
        ...order,
        signingSecret: slack.signingSecret,
      })
      if ('error' in answer) throw new Error(`The load generator failed: ${answer.error}`)
      return answer
    },
    slackCalls: async () => (await stub.ask<{ counts: Record<string, number> }>({})).counts,
    close: async () => void (await Promise.all([stub.stop(), generator.stop()])),
  }
}

async function makeTarget(server: Server): Promise<string> {
  const url = await server.create('target')
  await once(url, async (sql) => {
    await sql`create table orders (id integer primary key, status text, total numeric, customer text)`
    await sql`insert into orders select n, 'paid', n * 1.5, 'customer ' || n from generate_series(1, 100) as n`
  })
  return url
}

/** The people who request access are guests, and each has an engagement. */
async function engageRequesters(url: string): Promise<void> {
  const [sponsor] = approvers
  await once(
    url,
    (sql) => sql`
      with people as (
        select gen_random_uuid() as person, user_id, user_id like 'U0ASK%' as is_guest
        from unnest(${[...requesters, ...approvers]}::text[]) as user_id
      ), made as (
        insert into persons (id) select person from people
      ), stored as (
        insert into accounts (person_id, team_id, user_id, kind, display_name, confirmed_email, time_zone, is_guest, is_deactivated)
        select person, ${slack.teamId}, user_id, case when is_guest then 'contractor' else 'employee' end, 'Person ' || user_id,
          lower(user_id) || '@bench.example', 'Europe/Berlin', is_guest, false
        from people
      )
      insert into engagements (person_id, company, sponsor_person_id, starts_at, ends_at)
      select person, 'Bench', (select person from people where user_id = ${sponsor ?? ''}), now(), now() + interval '1 year'
      from people where is_guest`,
  )
}

/** A catalog of one resource with many approvers, and without a limit for requests that matters. */
function catalogOf(targetUrl: string): string {
  return `version: 1
security: { channel: ${slack.securityChannel}, leads: [${slack.lead}] }
defaults: { requestTimeout: 8h, requestsPerHour: 10000 }
resources:
  orders-db:
    name: Orders database
    environment: production
    owners: { channel: ${slack.ownersChannel}, approvers: [${approvers.join(', ')}] }
    connector: { kind: postgres, url: '${targetUrl}' }
    entitlements:
      read-orders:
        name: Read orders
        risk: low
        maxDuration: 8h
        privileges: [{ on: table public.orders, allow: [SELECT], columns: [id, status, total] }]
`
}

export type Role = 'serve' | 'web' | 'worker'

export interface Bot extends Child {
  readonly url: string
}

export interface BotOptions {
  readonly role: Role
  readonly databaseUrl: string
  readonly redisUrl?: string | null
  /** Runs the built code, which tells its memory when it is asked. */
  readonly built?: boolean
}

/** Starts the bot (`daypass serve`, `web` or `worker`). Resolves once it listens. */
export async function startBot(
  environment: Environment,
  { role, databaseUrl, redisUrl, built = false }: BotOptions,
): Promise<Bot> {
  const log = environment.log(`bot-${role}-${randomUUID()}`)
  const probed = ['--expose-gc', '--import', fromRoot('bench/processes/memory-probe.mjs')]
  const child = startChild(built ? 'dist/cli.js' : 'src/cli.ts', {
    args: [role],
    nodeFlags: [...environment.nodeFlags, ...(built ? probed : [])],
    log,
    env: {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: `${environment.slackUrl}/api/`,
      DATABASE_URL: databaseUrl,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      HOST: '127.0.0.1',
      PORT: '0',
      DAYPASS_CATALOG: environment.catalogPath,
      DAYPASS_POLICIES: fromRoot('policies'),
    },
  })
  const port = await Promise.race([child.ended, portOf(log)])
  return { ...child, url: `http://127.0.0.1:${port}/slack/events` }
}

export type Reference = 'ack' | 'commit'

/** Starts a bare Bolt app to compare with. */
export async function startReference(
  environment: Environment,
  mode: Reference,
  databaseUrl: string,
): Promise<Bot> {
  const child = startChild('bench/processes/reference-bolt.ts', {
    args: [mode, environment.slackUrl, databaseUrl],
    log: environment.log(`reference-${mode}`),
  })
  const { port } = await child.greeting<{ port: number }>()
  return { ...child, url: `http://127.0.0.1:${port}/slack/events` }
}

/** The bot listens on a free port and writes the port into its log. */
async function portOf(log: string): Promise<number> {
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; await pause(20)) {
    const [, port] = /"port":(\d+)/.exec(await readFile(log, 'utf8')) ?? []
    if (port) return Number(port)
  }
  throw new Error(`The bot did not listen within 30 s:\n${await readFile(log, 'utf8')}`)
}
