import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { type Environment, emptyTemplate, startBot } from '../world/environment.ts'
import { approvers, requesters, slack } from '../world/people.ts'
import { addRequests } from '../world/rows.ts'

export interface PanicFigures {
  readonly leases: number
  /** At the two targets that work. */
  readonly living: number
  /** From the submitted form until all revocations were ordered, in seconds. */
  readonly orderedSeconds: number
  /** From the submitted form until each grant at a living target was committed as revoked, absence read back: milliseconds. */
  readonly proof: Spread
  /** At the dead target: those that are `revocation_failed`, and the seconds until the last of them was. */
  readonly dead: { readonly failed: number; readonly seconds: number }
  /** Calls of `chat.postMessage` and `chat.update` meanwhile. */
  readonly slackCalls: number
}

const database = 'bot_panic'
const dead = 'resource-2'

/** Measures a panic over many live leases on three targets, of which one accepts connections and never answers. */
export async function measurePanic(environment: Environment, leases: number): Promise<PanicFigures> {
  const silent = await silentServer()
  const catalogPath = join(environment.server.folder, 'panic-catalog.yml')
  await writeFile(catalogPath, catalogOf(environment.targetUrl, silent.port))
  const databaseUrl = await environment.server.create(database, emptyTemplate)
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await addRequests(sql, {
    tag: 'panic ',
    count: leases,
    by: requesters,
    resources: 3,
    status: 'approved',
    grant: 'active',
  })
  const living = await activateTheLiving(sql)
  const bot = await startBot({ ...environment, catalogPath }, { role: 'serve', databaseUrl })
  await until(sql, `status = 'active' and resource_id <> '${dead}'`, living)
  const before = await posts(environment)
  const pace = { kind: 'closed', connections: 1, seconds: 30 } as const
  const { acknowledged } = await environment.load({ url: bot.url, bodies: [panicBody(environment)], pace })
  if (acknowledged !== 1) throw new Error('The panic was not acknowledged')
  await until(sql, `status = 'revoked' and resource_id <> '${dead}'`, living)
  await until(sql, `status = 'revocation_failed'`, leases - living)
  const [panic] = await sql<{ at: number; orderedAt: number }[]>`
    select (extract(epoch from at) * 1000)::float8 as at, (extract(epoch from ordered_at) * 1000)::float8 as "orderedAt" from panics`
  if (!panic) throw new Error('There is no panic')
  const rows = await sql<{ isDead: boolean; late: number }[]>`
    select resource_id = ${dead} as "isDead",
      (extract(epoch from case when resource_id = ${dead} then failed_at else pg_xact_commit_timestamp(xmin) end) * 1000)::float8
        - ${panic.at} as late
    from grants`
  await bot.stop()
  const slackCalls = (await posts(environment)) - before
  await sql.end()
  await silent.close()
  await environment.server.drop(database)
  const failed = rows.filter(({ isDead }) => isDead).map(({ late }) => late)
  return {
    leases,
    living,
    orderedSeconds: (panic.orderedAt - panic.at) / 1000,
    proof: spreadOf(rows.filter(({ isDead }) => !isDead).map(({ late }) => late)),
    dead: { failed: failed.length, seconds: Math.max(...failed) / 1000 },
    slackCalls,
  }
}

/** The bot itself activates those at living targets, so that there are roles to remove. */
async function activateTheLiving(sql: postgres.Sql): Promise<number> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`
      update grants set status = 'activating', activated_at = null, lease_ends_at = null, granted = null where resource_id <> ${dead}`
    await tx`
      insert into outbox (effect, due_at)
      select jsonb_build_object('kind', 'activate_grant', 'grantId', id, 'resourceId', resource_id), now() from grants
      where status = 'activating'`
  })
  await sql`vacuum (analyze) requests, grants, outbox`
  const [row] = await sql`select count(*)::integer as count from grants where status = 'activating'`
  return row?.count
}

async function until(sql: postgres.Sql, condition: string, count: number): Promise<void> {
  for (const giveUpAt = Date.now() + 240_000; Date.now() < giveUpAt; await pause(100)) {
    const [row] = await sql.unsafe(`select count(*)::integer as count from grants where ${condition}`)
    if (row?.count >= count) return
  }
  throw new Error(`${count} grants were not so within 240 s: ${condition}`)
}

async function posts(environment: Environment): Promise<number> {
  const calls = await environment.slackCalls()
  return (calls['chat.postMessage'] ?? 0) + (calls['chat.update'] ?? 0)
}

/** The confirmed form of `/revoke everything`, as Slack posts it. */
function panicBody({ slackUrl }: Environment): string {
  const payload = {
    type: 'view_submission',
    team: { id: slack.teamId, domain: 'bench' },
    user: { id: slack.lead, team_id: slack.teamId },
    api_app_id: slack.appId,
    token: 'verification-token',
    view: {
      id: `V${randomUUID()}`,
      type: 'modal',
      callback_id: 'daypass.panic',
      private_metadata: JSON.stringify({
        scope: { kind: 'all' },
        shown: null,
        responseUrl: `${slackUrl}/commands/${slack.teamId}/1/answer`,
      }),
      state: {
        values: {
          reason: { 'daypass.panic.form.reason': { type: 'plain_text_input', value: 'A laptop was stolen' } },
          freeze: {
            'daypass.panic.form.freeze': { type: 'checkboxes', selected_options: [{ value: 'freeze' }] },
          },
        },
      },
    },
  }
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
}

/** Accepts connections, reads all data, and never answers. */
async function silentServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).resume()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

function catalogOf(targetUrl: string, deadPort: number): string {
  const deadUrl = new URL(targetUrl)
  deadUrl.port = String(deadPort)
  const resources = [targetUrl, targetUrl, deadUrl.href].map(
    (url, n) => `  resource-${n}:
    name: Resource ${n}
    environment: production
    owners: { channel: ${slack.ownersChannel}, approvers: [${approvers.join(', ')}] }
    connector: { kind: postgres, url: '${url}' }
    entitlements:
      read-orders:
        name: Read orders
        risk: low
        maxDuration: 8h
        privileges: [{ on: table public.orders, allow: [SELECT], columns: [id, status, total] }]`,
  )
  return `version: 1
security: { channel: ${slack.securityChannel}, leads: [${slack.lead}] }
resources:
${resources.join('\n')}
`
}
