import { Redis } from 'ioredis'
import { afterAll, describe, expect, test } from 'vitest'
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
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  test('a Redis with a password and a database number', async () => {
    const { port } = await start(['--requirepass', 'p@ss:word'])
    const backend = { kind: 'redis', url: `redis://:p%40ss%3Aword@127.0.0.1:${port}/3` } as const
    expect(await checkQueueBackend(backend)).toEqual({ ok: true })
    expect(await proveQueueBackend(backend)).toBeGreaterThan(90)
  })

  test('a Redis Cluster', async () => {
    const { port } = await start([
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      `/tmp/nodes-${Math.random()}.conf`,
    ])
    const admin = new Redis(port)
    await admin.call('cluster', 'addslotsrange', '0', '16383')
    while (!String(await admin.call('cluster', 'info')).includes('cluster_state:ok')) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    admin.disconnect()
    const backend = { kind: 'redis', url: `redis+cluster://127.0.0.1:${port}` } as const
    expect(await checkQueueBackend(backend)).toEqual({ ok: true })
    expect(await proveQueueBackend(backend)).toBeGreaterThan(90)
  })
})
