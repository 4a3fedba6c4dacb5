import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { startChild } from '../world/children.ts'
import { cpuOf } from '../world/cpu.ts'
import { type Environment, emptyTemplate } from '../world/environment.ts'
import { approvers, requesters, slack } from '../world/people.ts'
import type { RedisServer } from '../world/redis.ts'
import { addRequests } from '../world/rows.ts'

export interface StormFigures {
  readonly count: number
  readonly targets: number
  readonly daypass: StormResult
  /** Bare BullMQ whose job makes one transaction of the same size. */
  readonly bare: StormResult
}

export interface StormResult {
  /** From a lease's end until its grant was committed as ended: milliseconds. */
  readonly lateness: Spread
  /** From the first lease's end until the last grant was ended. */
  readonly seconds: number
  /** Milliseconds of the processor for each lease: of the process, and of Postgres. */
  readonly cpuMs: number
  readonly postgresCpuMs: number
}

const database = 'bot_storm'
const targets = 10
/** Until the first lease ends. The process starts and adds the delayed jobs before. */
const leadSeconds = 20

/** Measures many leases that end within one second, before targets that do nothing, beside bare BullMQ. Both use Redis. */
export async function measureStorm(
  environment: Environment,
  count: number,
  redis: RedisServer,
): Promise<StormFigures> {
  const catalogPath = join(environment.server.folder, 'storm-catalog.yml')
  await writeFile(catalogPath, catalogOf(environment.targetUrl))
  const daypass = await storm(environment, 'daypass', count, [redis.url, catalogPath])
  await redis.wipe()
  const bare = await storm(environment, 'bare', count, [redis.url])
  await redis.wipe()
  return { count, targets, daypass, bare }
}

async function storm(
  { server, log }: Environment,
  mode: 'daypass' | 'bare',
  count: number,
  args: readonly string[],
): Promise<StormResult> {
  const url = await server.create(database, emptyTemplate)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await addRequests(sql, {
    tag: 'storm ',
    count,
    by: requesters,
    resources: targets,
    status: 'approved',
    grant: 'active',
    endsInSeconds: leadSeconds,
  })
  await sql`
    insert into outbox (effect, due_at)
    select jsonb_build_object('kind', 'revoke_grant', 'grantId', id, 'generation', 1, 'resourceId', resource_id), lease_ends_at
    from grants`
  await sql`vacuum (analyze) requests, grants, outbox`
  const [first] = await sql<{ endsAt: Date }[]>`select min(lease_ends_at) as "endsAt" from grants`
  const endsAt = first?.endsAt.getTime() ?? Number.NaN
  const child = startChild('bench/processes/storm-worker.ts', {
    args: [mode, url, ...args],
    log: log(`storm-${mode}`),
  })
  await child.greeting()
  if (Date.now() > endsAt) throw new Error(`The leases ended before ${mode} was ready`)
  await pause(endsAt - Date.now() - 100)
  const [own, ofPostgres] = [cpuOf(child.pid), server.cpu()]
  await untilEnded(sql, count)
  const [cpuMs, postgresCpuMs] = [(cpuOf(child.pid) - own) / count, (server.cpu() - ofPostgres) / count]
  await child.stop()
  const rows = await sql<{ late: number; committedAt: number }[]>`
    select (extract(epoch from pg_xact_commit_timestamp(xmin) - lease_ends_at) * 1000)::float8 as late,
      (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as "committedAt"
    from grants where status = 'ended'`
  const last = rows.reduce((latest, { committedAt }) => Math.max(latest, committedAt), 0)
  await sql.end()
  await server.drop(database)
  return {
    lateness: spreadOf(rows.map(({ late }) => late)),
    seconds: (last - endsAt) / 1000,
    cpuMs,
    postgresCpuMs,
  }
}

async function untilEnded(sql: postgres.Sql, count: number): Promise<void> {
  for (const giveUpAt = Date.now() + 180_000; Date.now() < giveUpAt; await pause(200)) {
    const [row] = await sql`select count(*)::integer as count from grants where status = 'ended'`
    if (row?.count >= count) return
  }
  throw new Error(`${count} leases did not end within 180 s`)
}

/** Each resource has a channel of its own. */
function catalogOf(targetUrl: string): string {
  const resources = Array.from(
    { length: targets },
    (_, n) => `  resource-${n}:
    name: Resource ${n}
    owners: { channel: ${slack.ownersChannel}${n}, approvers: [${approvers.join(', ')}] }
    connector: { kind: postgres, url: '${targetUrl}' }
    entitlements:
      read-orders:
        name: Read orders
        risk: low
        maxDuration: 8h
        privileges: [{ on: table public.orders, allow: [SELECT] }]`,
  )
  return `version: 1
security: { channel: ${slack.securityChannel}, leads: [${slack.lead}] }
resources:
${resources.join('\n')}
`
}
