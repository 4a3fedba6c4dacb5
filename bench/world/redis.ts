import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../fixtures/free-port.ts'
import { onRedis, redisArguments, redisBinary } from '../../fixtures/redis-server.ts'

export interface RedisServer {
  readonly url: string
  readonly version: string
  wipe(): Promise<void>
  stop(): Promise<void>
}

/** Null when there is no `redis-server` or `valkey-server` on the PATH. */
export async function startRedis(): Promise<RedisServer | null> {
  if (!redisBinary) return null
  const port = await freePort()
  const settings = redisArguments(port, ['--maxmemory-policy', 'noeviction'])
  // The shell waits for the end of its input, which ends together with this process. Then it ends the server.
  const script = '"$@" >/dev/null & server=$!; cat >/dev/null; kill "$server"; wait "$server"'
  const keeper = spawn('sh', ['-c', script, 'sh', redisBinary, ...settings], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const url = `redis://127.0.0.1:${port}`
  await onRedis(url, (redis) => redis.ping())
  return {
    url,
    version:
      /v=([\d.]+)/.exec(execFileSync(redisBinary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    wipe: () => onRedis(url, (redis) => redis.flushall()),
    stop: () => ended(keeper),
  }
}

async function ended(keeper: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.stdin?.end()
  await Promise.race([exit, pause(5_000)])
}
