import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { withDeadline } from '../deadline.ts'
import type { Diagnosis } from '../domain/connector.ts'
import type { Problem } from '../domain/problem.ts'
import { openBackend } from './backend.ts'
import { connectRedis, type RedisClient } from './backend-redis.ts'
import { messageOf } from './observer.ts'
import type { OpenBackend, QueueBackend } from './queue-backend.ts'
import { InvalidRedisUrl } from './redis-url.ts'

export type QueueCheck =
  | { readonly ok: true }
  | ({
      readonly ok: false
      /** True: it did not answer. False: it answered, and cannot be used. */
      readonly unreachable: boolean
    } & Problem)

const fault = (what: string, remedy: string, unreachable = false): QueueCheck => ({
  ok: false,
  unreachable,
  what,
  remedy,
})

/** Whether delayed jobs may be trusted to this backend; to be asked before anything starts. Takes 4 s at most; never rejects. */
export async function checkQueueBackend(backend: QueueBackend): Promise<QueueCheck> {
  const name = backend.kind === 'redis' ? 'Redis' : 'Postgres'
  try {
    const check = backend.kind === 'redis' ? checkRedis(backend.url) : checkPostgres(backend.url)
    return await withDeadline(name, 4_000, check)
  } catch (error) {
    if (error instanceof InvalidRedisUrl) return fault(error.message, 'Correct REDIS_URL.')
    const variable = backend.kind === 'redis' ? 'REDIS_URL' : 'DATABASE_URL'
    return fault(
      `The queue's ${name} cannot be asked: ${messageOf(error)}`,
      `Check that it runs, that ${variable} names it, and that user and password are right.`,
      true,
    )
  }
}

async function checkRedis(url: string): Promise<QueueCheck> {
  const client = connectRedis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let heard: Error | undefined
  client.on('error', (error: Error) => {
    heard = error
  })
  try {
    await client.connect()
    for (const info of await infoOfMasters(client)) {
      const check = judgeRedis(info)
      if (!check.ok) return check
    }
    return { ok: true }
  } catch (error) {
    // ioredis rejects with "Connection is closed", and gives the cause only to its error event.
    throw heard ?? error
  } finally {
    client.disconnect()
  }
}

/** Managed services forbid CONFIG; INFO holds the same values. */
async function infoOfMasters(client: RedisClient): Promise<string[]> {
  if (!client.isCluster) return [await client.info()]
  if (!('nodes' in client)) return []
  return Promise.all(client.nodes('master').map((node) => node.info()))
}

/** `info` as Redis' INFO answers it. */
export function judgeRedis(info: string): QueueCheck {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]?.trim()
  const version = field('redis_version')
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  if (!version || major < 6 || (major === 6 && minor < 2)) {
    return fault(
      `Redis ${version ?? 'of an unknown version'} is too old for the queue.`,
      'Use Redis 6.2 or later, or Valkey.',
    )
  }
  const policy = field('maxmemory_policy')
  if (policy !== 'noeviction') {
    const found = policy ? `is ${policy}` : 'cannot be read from INFO'
    return fault(
      `Redis' maxmemory-policy ${found}: under memory pressure it would throw away the delayed jobs that end access.`,
      'Set it to noeviction (`maxmemory-policy noeviction` in redis.conf, or in the settings of your provider), or leave REDIS_URL out to keep the queue in Postgres.',
    )
  }
  return { ok: true }
}

async function checkPostgres(url: string): Promise<QueueCheck> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    query_timeout: 3_000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ version: number; standby: boolean }>(
      `select current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby`,
    )
    const { version, standby } = rows[0] ?? { version: 0, standby: false }
    if (version < 150_000) return fault('Postgres is older than 15.', 'Use Postgres 15 or later.')
    if (standby) return fault('DATABASE_URL names a read-only standby.', 'Name the primary.')
    return { ok: true }
  } finally {
    await client.end().catch(() => {})
  }
}

/** For `doctor`: whether it can be trusted with delayed jobs, and one that is set comes back. */
export async function diagnoseQueueBackend(backend: QueueBackend): Promise<Diagnosis> {
  const checked = await checkQueueBackend(backend)
  if (!checked.ok) return { ok: false, problems: [checked] }
  const ms = await proveQueueBackend(backend)
  return {
    ok: true,
    summary: `a delayed job in ${backend.kind === 'redis' ? 'Redis' : 'Postgres'} came back after ${ms} ms`,
  }
}

/**
 * Proves a backend from end to end: a delayed job in a queue of its own, done by a worker of its own. For `doctor`,
 * which may run while no worker does. Resolves with the milliseconds it took; rejects when it does not come back in
 * time.
 */
export async function proveQueueBackend(backend: QueueBackend, timeoutMs = 5_000): Promise<number> {
  const open = openBackend(backend)
  try {
    return await withDeadline('The queue', timeoutMs, prove(open))
  } finally {
    await withDeadline('The queue', 2_000, open.cut()).catch(() => {})
  }
}

async function prove(open: OpenBackend): Promise<number> {
  // The same name for every run, because each queue leaves some keys or rows behind.
  const name = 'doctor'
  const jobId = `doctor-${randomUUID()}`
  const queue = await open.queue(name, () => {})
  const startedAt = performance.now()
  await open.worker(
    name,
    async () => {},
    { concurrency: 1 },
    () => {},
  )
  const opts = { jobId, delay: 100, attempts: 1, removeOnComplete: true, removeOnFail: true }
  await queue.addBulk([{ name: 'canary', data: { dueAt: new Date().toISOString() }, opts }])
  while ((await queue.getJob(jobId)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 25))
  return Math.round(performance.now() - startedAt)
}
