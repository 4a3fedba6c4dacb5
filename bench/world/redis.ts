import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface RedisServer {
  readonly url: string
  readonly version: string
  wipe(): Promise<void>
  stop(): Promise<void>
}

/** Null when there is no `redis-server` or `valkey-server` on the PATH. */
export async function startRedis(): Promise<RedisServer | null> {
  const binary = findOnPath('redis-server') ?? findOnPath('valkey-server')
  if (!binary) return null
  const port = await freePort()
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ]
  // The shell waits for the end of its input, which comes with ours by whatever end, and takes the server with it.
  const script = '"$@" >/dev/null & server=$!; cat >/dev/null; kill "$server"; wait "$server"'
  const keeper = spawn('sh', ['-c', script, 'sh', binary, ...settings], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const url = `redis://127.0.0.1:${port}`
  await errand(url, (redis) => redis.ping())
  return {
    url,
    version: /v=([\d.]+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    wipe: () => errand(url, (redis) => redis.flushall()),
    stop: () => ended(keeper),
  }
}

async function ended(keeper: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.stdin?.end()
  await Promise.race([exit, pause(5_000)])
}

/** Waits for the server if it is only just starting. */
async function errand(url: string, what: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 200, retryStrategy: () => 25 })
  redis.on('error', () => {})
  try {
    await what(redis)
  } finally {
    redis.disconnect()
  }
}

function findOnPath(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not in this folder.
    }
  }
  return null
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
