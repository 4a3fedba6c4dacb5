import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { approveBodies, auditBodies, commandBodies } from '../load/payloads.ts'
import { fromRoot } from '../world/children.ts'
import { type Bot, type Environment, emptyTemplate, startBot } from '../world/environment.ts'
import { readCards } from '../world/pending.ts'

/** Megabytes of the bot's process at one moment. */
export interface MemoryReading {
  readonly when: string
  /** What the operating system counts. Includes garbage that V8 has not collected yet. */
  readonly resident: number
  /** The JavaScript heap after a full collection. */
  readonly heap: number
  /** Buffers and the memory of WebAssembly, after a full collection. */
  readonly external: number
}

export interface MemoryFigures {
  readonly grants: number
  readonly requests: number
  readonly readings: readonly MemoryReading[]
}

export interface SoakFigures {
  readonly minutes: number
  readonly requests: number
  readonly ended: number
  readonly readings: readonly MemoryReading[]
}

/** Measures the bot (`daypass serve`, built) when it is ready, after `grants`, and after `requests`. */
export async function measureMemory(
  environment: Environment,
  { grants, requests }: Pick<MemoryFigures, 'grants' | 'requests'>,
): Promise<MemoryFigures> {
  const { bot, sql, url, close } = await startProbed(environment, 'bot_memory')
  const readings = [await read(bot, 'ready')]
  await submit(environment, bot, grants, '8h')
  await untilIdle(sql)
  await approveAll(environment, bot, url)
  await untilIdle(sql)
  readings.push(await read(bot, `after ${grants} grants`))
  await submit(environment, bot, requests, '8h')
  await untilIdle(sql)
  readings.push(await read(bot, `after ${requests} more requests`))
  await pause(30_000)
  readings.push(await read(bot, '30 s later'))
  await close()
  return { grants, requests, readings }
}

/** Two requests, approvals and questions to `/audit` a second, whose leases end after 20 s, for some minutes. */
export async function soak(environment: Environment, minutes: number): Promise<SoakFigures> {
  const { bot, sql, url, close } = await startProbed(environment, 'bot_soak')
  const readings: MemoryReading[] = []
  let requests = 0
  const startedAt = performance.now()
  for (let minute = 0; minute < minutes; minute += 1) {
    readings.push(await read(bot, `minute ${minute}`))
    while (performance.now() - startedAt < (minute + 1) * 60_000) {
      const since = performance.now()
      await submit(environment, bot, 4, '20s')
      requests += 4
      await approveAll(environment, bot, url)
      await send(environment, bot, auditBodies(environment, 4))
      await pause(Math.max(0, 2_000 - (performance.now() - since)))
    }
  }
  await untilIdle(sql)
  readings.push(await read(bot, `minute ${minutes}`))
  const [row] = await sql<{ ended: number }[]>`
    select count(*)::integer as ended from grants where status = 'ended'`
  await close()
  return { minutes, requests, ended: row?.ended ?? 0, readings }
}

async function startProbed(environment: Environment, database: string) {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: fromRoot('.'), stdio: 'inherit' })
  const url = await environment.server.create(database, emptyTemplate)
  const bot = await startBot(environment, { role: 'serve', databaseUrl: url, built: true })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await pause(5_000)
  const close = async () => {
    await sql.end()
    await bot.stop()
    await environment.server.drop(database)
  }
  return { bot, sql, url, close }
}

interface Probed {
  readonly before: NodeJS.MemoryUsage
  readonly after: NodeJS.MemoryUsage
}

async function read(bot: Bot, when: string): Promise<MemoryReading> {
  const { before, after } = await bot.ask<Probed>({})
  const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)
  return {
    when,
    resident: megabytes(before.rss),
    heap: megabytes(after.heapUsed),
    external: megabytes(after.external),
  }
}

function submit(environment: Environment, bot: Bot, count: number, duration: string): Promise<void> {
  return send(environment, bot, commandBodies(environment, count, duration))
}

/** Approves what has a card. Cards are posted a moment after the request. */
async function approveAll(environment: Environment, bot: Bot, url: string): Promise<void> {
  await send(environment, bot, approveBodies(environment, await readCards(url)))
}

async function send(environment: Environment, bot: Bot, bodies: readonly string[]): Promise<void> {
  if (bodies.length === 0) return
  const pace = { kind: 'closed', connections: 8, seconds: 600 } as const
  const report = await environment.load({ url: bot.url, bodies, pace })
  if (report.acknowledged !== bodies.length) throw new Error(`Refused: ${JSON.stringify(report.others)}`)
}

/** Waits until nothing is due. */
async function untilIdle(sql: postgres.Sql): Promise<void> {
  for (const giveUpAt = Date.now() + 900_000; Date.now() < giveUpAt; await pause(500)) {
    const [row] = await sql`select from outbox where done_at is null and due_at <= now() limit 1`
    if (!row) return
  }
  throw new Error('What was due was not done within 15 minutes')
}
