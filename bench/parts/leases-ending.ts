import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { atOnce, openBareSql } from '../bare-sql.ts'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { approveBodies } from '../load/payloads.ts'
import { type Environment, startBot } from '../world/environment.ts'
import { makePending, readCards } from '../world/pending.ts'
import type { RedisServer } from '../world/redis.ts'

export interface LeaseFigures {
  readonly count: number
  /** From the first Approve until all were active, in seconds. */
  readonly activationSeconds: number
  readonly storms: readonly Storm[]
  /** Seconds for as many roles by bare SQL: no login, no sessions, no role; 10 at once. */
  readonly bareSqlSeconds: number
}

export interface Storm {
  readonly queue: 'Postgres' | 'Redis'
  /** From a lease's end until its grant was committed as ended, absence read back: milliseconds. */
  readonly lateness: Spread
  /** From the first lease's end until the last grant was ended, in seconds. */
  readonly totalSeconds: number
}

const database = 'bot_leases'
/** Milliseconds until the first lease ends. Until then the delayed jobs are created. */
const leadMs = 6_000

/** Measures many leases that end within one second, on each queue. */
export async function measureLeasesEnding(
  environment: Environment,
  count: number,
  redis: RedisServer | null,
): Promise<LeaseFigures> {
  const queues = redis ? (['Postgres', 'Redis'] as const) : (['Postgres'] as const)
  const databaseUrl = await makePending(environment, database, count * queues.length, '8h')
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const activationSeconds = await activateAll(environment, databaseUrl, sql)
  const storms: Storm[] = []
  for (const queue of queues) {
    const redisUrl = queue === 'Redis' ? redis?.url : null
    storms.push({
      queue,
      ...(await storm(environment, { databaseUrl, redisUrl: redisUrl ?? null, sql, count })),
    })
  }
  await sql.end()
  const bareSqlSeconds = await bareStorm(environment, count)
  await environment.server.drop(database)
  return { count, activationSeconds, storms, bareSqlSeconds }
}

async function activateAll(
  environment: Environment,
  databaseUrl: string,
  sql: postgres.Sql,
): Promise<number> {
  const bodies = approveBodies(environment, await readCards(databaseUrl))
  const bot = await startBot(environment, { role: 'serve', databaseUrl })
  const pace = { kind: 'closed', connections: 16, seconds: 120 } as const
  const { startedAt, acknowledged } = await environment.load({ url: bot.url, bodies, pace })
  if (acknowledged !== bodies.length) throw new Error('Not every Approve was acknowledged')
  await untilAll(sql, bodies.length, 'active')
  const [last] = await sql<{ ms: number }[]>`
    select (extract(epoch from max(pg_xact_commit_timestamp(xmin))) * 1000)::float8 as ms from grants`
  await bot.stop()
  return ((last?.ms ?? Number.NaN) - startedAt) / 1000
}

interface StormPlace {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly sql: postgres.Sql
  readonly count: number
}

async function storm(environment: Environment, { databaseUrl, redisUrl, sql, count }: StormPlace) {
  await makeThemEnd(sql, count)
  const bot = await startBot(environment, { role: 'serve', databaseUrl, redisUrl })
  const before = await ended(sql)
  await untilAll(sql, before + count, 'ended')
  const rows = await sql<{ endsAt: number; committedAt: number }[]>`
    select (extract(epoch from lease_ends_at) * 1000)::float8 as "endsAt",
      (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as "committedAt"
    from grants where status = 'ended' order by pg_xact_commit_timestamp(xmin) desc limit ${count}`
  await bot.stop()
  const first = Math.min(...rows.map(({ endsAt }) => endsAt))
  const last = Math.max(...rows.map(({ committedAt }) => committedAt))
  return {
    lateness: spreadOf(rows.map(({ endsAt, committedAt }) => committedAt - endsAt)),
    totalSeconds: (last - first) / 1000,
  }
}

/**
 * Lets the next `count` leases end within one second, soon. Deletes all other effects, and the delayed jobs
 * of an earlier start, which have the old times.
 */
async function makeThemEnd(sql: postgres.Sql, count: number): Promise<void> {
  await sql`drop schema if exists daypass_queue cascade`
  await sql`delete from outbox where effect ->> 'kind' <> 'revoke_grant' or done_at is not null`
  await sql`
    with chosen as (
      select id, row_number() over (order by id) as place from grants where status = 'active' order by id limit ${count}
    ), moved as (
      update grants g
      set lease_ends_at = date_trunc('milliseconds', now()) + make_interval(secs => ${leadMs / 1000} + c.place / ${count}::float8)
      from chosen c where c.id = g.id
      returning g.id, g.lease_ends_at
    )
    update outbox o set due_at = m.lease_ends_at, scheduled_at = null, scheduling_until = null
    from moved m where (o.effect ->> 'grantId')::uuid = m.id`
}

async function ended(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::integer from grants where status = 'ended'`
  return row?.count ?? 0
}

async function untilAll(sql: postgres.Sql, count: number, status: 'active' | 'ended'): Promise<void> {
  for (const giveUpAt = Date.now() + 180_000; Date.now() < giveUpAt; await pause(100)) {
    const [row] = await sql<
      { count: number }[]
    >`select count(*)::integer from grants where status = ${status}`
    if ((row?.count ?? 0) >= count) return
  }
  throw new Error(`${count} grants were not ${status} within 180 s`)
}

async function bareStorm(environment: Environment, count: number): Promise<number> {
  const bare = await openBareSql(environment.targetUrl, 10)
  const roles: string[] = []
  await atOnce(10, Array.from({ length: count }), async () => void roles.push(await bare.grant()))
  const since = performance.now()
  await atOnce(10, roles, bare.revoke)
  const seconds = (performance.now() - since) / 1000
  await bare.close()
  return seconds
}
