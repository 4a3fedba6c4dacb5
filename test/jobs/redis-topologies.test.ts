import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../fixtures/free-port.ts'
import { redisBinary } from '../../fixtures/redis-server.ts'
import { checkQueueBackend, proveQueueBackend } from '../../src/jobs/check-backend.ts'
import { type OwnRedis, ownRedisMissing, skipLoudly, startOwnRedis } from '../_redis.ts'

const skip = skipLoudly('Redis Cluster and Sentinel', ownRedisMissing)

describe.skipIf(skip)('the queue runs on', () => {
  const servers: OwnRedis[] = []
  const start = async (settings: readonly string[]) => {
    const server = await startOwnRedis(settings)
    servers.push(server)
    return server
  }
  const folders: string[] = []
  const scratch = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'daypass-redis-'))
    folders.push(folder)
    return folder
  }
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()))
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })

  it('a Redis with a password and a database number', async () => {
    const { port } = await start(['--requirepass', 'p@ss:word'])
    const backend = { kind: 'redis', url: `redis://:p%40ss%3Aword@127.0.0.1:${port}/3` } as const
    expect(await checkQueueBackend(backend)).toEqual({ ok: true })
    expect(await proveQueueBackend(backend)).toBeGreaterThan(90)
  })

  it('a Redis Cluster', async () => {
    const { port } = await start([
      '--cluster-enabled',
      'yes',
      // A node that has met no other does not know its address.
      '--cluster-announce-ip',
      '127.0.0.1',
      '--cluster-config-file',
      join(await scratch(), 'nodes.conf'),
    ])
    const admin = new Redis(port)
    await admin.call('cluster', 'addslotsrange', '0', '16383')
    await vi.waitUntil(
      async () => String(await admin.call('cluster', 'info')).includes('cluster_state:ok'),
      5_000,
    )
    admin.disconnect()
    const backend = { kind: 'redis', url: `redis+cluster://127.0.0.1:${port}` } as const
    expect(await checkQueueBackend(backend)).toEqual({ ok: true })
    expect(await proveQueueBackend(backend)).toBeGreaterThan(90)
  })

  it('what a Redis Sentinel names', async () => {
    const { port } = await start([])
    const sentinelPort = await freePort()
    const file = join(await scratch(), 'sentinel.conf')
    await writeFile(file, `port ${sentinelPort}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${port} 1\n`)
    const sentinel = spawn(redisBinary ?? '', [file, '--sentinel'], { stdio: 'ignore' })
    try {
      const backend = { kind: 'redis', url: `redis+sentinel://127.0.0.1:${sentinelPort}/main` } as const
      await vi.waitUntil(async () => (await checkQueueBackend(backend)).ok, {
        timeout: 10_000,
        interval: 200,
      })
      expect(await proveQueueBackend(backend)).toBeGreaterThan(90)
    } finally {
      sentinel.kill()
    }
  })
})
