import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { freePort } from '../fixtures/free-port.ts'
import { onRedis, redisArguments, redisBinary } from '../fixtures/redis-server.ts'

/** A Redis for one test file. */
export interface TestRedis {
  readonly url: string
  /** For the keys of this file: the server may be shared. */
  readonly prefix: string
  /** Forgets everything, as a restart without persistence would; on a shared server only what is ours. */
  wipe(): Promise<void>
  close(): Promise<void>
}

/** A server of our own, which may be mistreated. */
export interface OwnRedis extends TestRedis {
  readonly port: number
  /** Answers nothing, and refuses nothing (SIGSTOP). */
  freeze(): void
  thaw(): void
  /** Ends the server; `start` brings it back on its port, empty. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** Why tests with Redis are skipped here, or null when they are not. */
export const redisMissing: string | null =
  process.env.REDIS_URL || redisBinary
    ? null
    : 'there is neither REDIS_URL nor a redis-server or valkey-server on the PATH'

/** Why tests that stop and freeze Redis are skipped here. */
export const ownRedisMissing: string | null = redisBinary
  ? null
  : 'there is no redis-server or valkey-server on the PATH'

/** Prints a warning, and returns whether to skip. */
export function skipLoudly(what: string, missing: string | null): boolean {
  if (missing) process.stderr.write(`\n!!! NOT TESTED: ${what}, because ${missing} !!!\n\n`)
  return missing !== null
}

/** The server that REDIS_URL names, or else one of our own. */
export async function startRedis(): Promise<TestRedis> {
  const url = process.env.REDIS_URL
  if (!url) return startOwnRedis()
  const prefix = `daypass-test-${randomBytes(6).toString('hex')}`
  return { url, prefix, wipe: () => deleteKeys(url, prefix), close: () => deleteKeys(url, prefix) }
}

/** `settings` as `name value` on the command line, such as `['--maxmemory-policy', 'allkeys-lru']`. */
export async function startOwnRedis(settings: readonly string[] = []): Promise<OwnRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server = await launch(port, settings)
  return {
    url,
    port,
    prefix: 'daypass',
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    wipe: () => onRedis(url, (redis) => redis.flushall()),
    stop: () => ended(server),
    async start() {
      server = await launch(port, settings)
    },
    close: () => ended(server),
  }
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

async function launch(port: number, settings: readonly string[]): Promise<ChildProcess> {
  if (!redisBinary) throw new Error(String(ownRedisMissing))
  const server = spawn(redisBinary, redisArguments(port, settings), {
    stdio: 'ignore',
    cwd: '/tmp',
  })
  running.add(server)
  server.once('exit', () => running.delete(server))
  try {
    await onRedis(`redis://127.0.0.1:${port}`, (redis) => redis.ping().catch(unlessItAsksForAPassword))
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
  return server
}

/** Such a server has started, too. */
function unlessItAsksForAPassword(error: Error): void {
  if (!error.message.startsWith('NOAUTH')) throw error
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGCONT')
  server.kill('SIGTERM')
  await exit
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  await onRedis(url, async (redis) => {
    const keys = await redis.keys(`{${prefix}}*`)
    if (keys.length > 0) await redis.del(...keys)
  })
}
