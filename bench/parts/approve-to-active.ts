import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { openBareSql } from '../bare-sql.ts'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { approveBodies } from '../load/payloads.ts'
import { type Environment, startBot } from '../world/environment.ts'
import { makePending, readCards } from '../world/pending.ts'

export interface ActivationFigures {
  /** From the click until the grant was committed as active, in milliseconds. */
  readonly daypass: Spread
  /** The same role by bare SQL. */
  readonly bareSql: Spread
}

const warmUp = 5

/** Measures the time from Approve to active access, on an idle system, with the queues on Postgres. */
export async function measureActivation(environment: Environment, count: number): Promise<ActivationFigures> {
  const databaseUrl = await makePending(environment, 'bot_activation', warmUp + count)
  const cards = await readCards(databaseUrl)
  const bot = await startBot(environment, { role: 'serve', databaseUrl })
  const bare = await openBareSql(environment.targetUrl, 1)
  const watch = postgres(databaseUrl, { max: 1 })
  const daypass: number[] = []
  const bareSql: number[] = []
  for (const [index, body] of approveBodies(environment, cards).entries()) {
    const pace = { kind: 'closed', connections: 1, seconds: 10 } as const
    const { startedAt } = await environment.load({ url: bot.url, bodies: [body], pace })
    const took = (await activeAt(watch, cards[index]?.requestId ?? '')) - startedAt
    await untilIdle(watch)
    const bareSince = performance.now()
    const role = await bare.grant()
    const tookBare = performance.now() - bareSince
    await bare.revoke(role)
    if (index < warmUp) continue
    daypass.push(took)
    bareSql.push(tookBare)
  }
  await watch.end()
  await bare.close()
  await bot.stop()
  await environment.server.drop('bot_activation')
  return { daypass: spreadOf(daypass), bareSql: spreadOf(bareSql) }
}

/** When Postgres committed the grant as active: milliseconds since 1970. */
async function activeAt(sql: postgres.Sql, requestId: string): Promise<number> {
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; await pause(4)) {
    const [row] = await sql<{ ms: number }[]>`
      select (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as ms
      from grants where request_id = ${requestId} and status = 'active'`
    if (row) return row.ms
  }
  throw new Error(`Request ${requestId} did not become active within 20 s`)
}

/** Waits until the messages about it were delivered too. */
async function untilIdle(sql: postgres.Sql): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; await pause(20)) {
    const [row] = await sql`select from outbox where done_at is null and due_at <= now() limit 1`
    if (!row) return
  }
  throw new Error('What was due was not done within 20 s')
}
