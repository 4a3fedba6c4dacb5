import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import postgres from 'postgres'
import { startDaypassProcess } from '../../fixtures/daypass-process.ts'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { prepareTarget } from '../../fixtures/orders-target.ts'
import { importCompanyPeople } from '../../fixtures/people.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { readConfig } from '../../src/config.ts'
import { myAccessActionIds } from '../../src/slack/features/my-access/ids.ts'
import { freshDatabase } from '../_database.ts'
import type { TestPostgres, TestPostgresOptions } from '../_postgres.ts'
import { smallServer } from '../contract/postgres-exhaustion.ts'
import { textOf } from '../end-to-end/_daypass.ts'

const adminPassword = 'admin-of-targets'

const catalog = `
version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
defaults: { expiryNotices: [15m], requestsPerHour: 100, selfServe: { perPersonAndDay: 1000 } }
resources:
${['orders-db', 'small-db']
  .map(
    (id) => `
  ${id}:
    name: ${id}
    environment: production
    owners: { channel: C0ORDERS, approvers: [U0DANA] }
    connector: { kind: postgres, url: '\${${variableOf(id)}}', connectionLimit: ${id === 'small-db' ? 50 : 5} }
    entitlements:
      read-orders:
        name: Read orders
        risk: low
        maxDuration: 1h
        approvals: 1
        privileges:
          - { on: table public.orders, allow: [SELECT], columns: [id, status, total] }`,
  )
  .join('')}`

/** Nobody is asked: what is tried here comes after the approval. */
const everybodyIsServed = `
@id("attacks-serve-themselves")
@reason("The tests approve by rule.")
permit (principal, action == Action::"selfServe", resource);`

/** Daypass as `npm start` runs it, with two targets: one of usual size, and a small one that one holder can fill. */
export async function openBesieged(start: (options: TestPostgresOptions) => Promise<TestPostgres>) {
  const [target, small] = await Promise.all([start({}), start({ settings: smallServer })])
  await Promise.all([target, small].map(prepareServer))
  const place = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'daypass-attacks-'))
  await writeFile(join(folder, 'catalog.yml'), catalog)
  await writeFile(join(folder, 'default.cedar'), await readFile('policies/default.cedar', 'utf8'))
  await writeFile(join(folder, 'attacks.cedar'), everybodyIsServed)
  const slack = await startLocalSlack()
  const variables = {
    ...slackEnvironment(slack),
    DATABASE_URL: place.url,
    [variableOf('orders-db')]: adminUrl(target),
    [variableOf('small-db')]: adminUrl(small),
    DAYPASS_CATALOG: join(folder, 'catalog.yml'),
    DAYPASS_POLICIES: folder,
  }
  await importCompanyPeople(readConfig(variables))
  const daypass = await startDaypassProcess(variables, join(tmpdir(), `daypass-attacks-${process.pid}.log`))
  slack.setRequestUrl(slackApp.appId, `${daypass.url}/slack/events`)
  const servers = { 'orders-db': target, 'small-db': small }
  return {
    slack,
    client: slack.client,
    carla: slack.client.as('U0CARLA'),
    servers,
    database: postgres(place.url, { max: 2, onnotice: () => {} }),
    async close() {
      await daypass.stop()
      await slack.close()
      await this.database.end()
      await Promise.all([target.close(), small.close()])
      await place.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type Besieged = Awaited<ReturnType<typeof openBesieged>>
export type TargetId = keyof Besieged['servers']

/** A lease as its holder has it. */
export interface HeldLease {
  readonly reference: string
  readonly role: string
  readonly grantId: string
  readonly endsAt: Date
  /** A session of the holder's, with the credentials that Slack showed. */
  connect(more?: pg.ClientConfig): Promise<pg.Client>
}

/** Asks for a lease, as Carla, and opens the credentials in Slack. One at a time: a person has one modal open. */
export async function obtainLease(world: Besieged, resource: TargetId, duration: string): Promise<HeldLease> {
  const { carla, client } = world
  const asked = await carla.command(
    '/request-access',
    `${resource} read-orders for ${duration} because Trying to keep the access`,
    { channel: 'C0GENERAL' },
  )
  const reference = /AR-\d+/.exec(textOf(asked.response as VisibleMessage | undefined))?.[0]
  if (!reference) throw new Error(`not submitted: ${JSON.stringify(asked)}`)
  const message = await client.waitFor(
    async () =>
      (await carla.directMessages()).findLast(
        (one) =>
          JSON.stringify(one.blocks).includes(myAccessActionIds.credentials) &&
          textOf(one).includes(reference),
      ),
    { timeoutMs: 15_000, what: `the access of ${reference}` },
  )
  await carla.press(myAccessActionIds.credentials, {
    message: { channel: await carla.directChannel(), ts: message.ts },
  })
  const url = await client.waitFor(
    async () =>
      /postgresql:\/\/[^\s'"]+/.exec(textOf({ text: '', blocks: (await carla.view())?.blocks ?? [] }))?.[0],
    { what: `the credentials of ${reference}` },
  )
  await carla.closeView()
  const grant = await grantOf(world, reference)
  return {
    reference,
    role: new URL(url).username,
    grantId: grant.id,
    endsAt: grant.endsAt,
    connect: async (more = {}) => {
      const holder = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, ...more })
      holder.on('error', () => {})
      await holder.connect()
      return holder
    },
  }
}

export async function grantOf({ database }: Besieged, reference: string) {
  const [row] = await database<{ id: string; status: string; endsAt: Date; endedAt: Date | null }[]>`
    select g.id, g.status, g.lease_ends_at as "endsAt", g.ended_at as "endedAt"
    from grants g join requests r on r.id = g.request_id where r.number = ${Number(reference.slice(3))}`
  if (!row) throw new Error(`${reference} has no grant`)
  return row
}

async function prepareServer(server: TestPostgres): Promise<void> {
  await prepareTarget(server.superuserUrl)
  const sql = postgres(server.superuserUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe(`alter role daypass_admin password '${adminPassword}'`)
  await sql.unsafe('create database elsewhere')
  await sql.end()
}

/** No superuser, as the documentation advises. */
function adminUrl(server: TestPostgres): string {
  return server.url({ user: 'daypass_admin', password: adminPassword, database: 'postgres' })
}

function variableOf(resource: string): string {
  return `${resource.replace('-', '_').toUpperCase()}_ADMIN_URL`
}
