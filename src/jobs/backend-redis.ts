import { Queue, Worker } from 'bullmq'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { withDeadline } from '../deadline.ts'
import { type DelayedJobData, type OpenBackend, type QueueBackend, workerSettings } from './queue-backend.ts'
import { parseRedisUrl } from './redis-url.ts'

export type RedisClient = Redis | Cluster

/** Defaults of ioredis ran jobs 18 s after Redis was back; these, 0.45 s (measured). */
const retryStrategy = (times: number) => Math.min(100 * times, 1_000)

/** For adding jobs: an early error is better than a long wait. */
const failFast = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: 2_000,
  commandTimeout: 2_000,
} as const

/** For workers: waits without a limit, as BullMQ requires: https://docs.bullmq.io/guide/connections */
const patient = { maxRetriesPerRequest: null, connectTimeout: 5_000 } as const

export function redisBackend(backend: Extract<QueueBackend, { kind: 'redis' }>): OpenBackend {
  const clients = new Set<RedisClient>()
  // The braces put all keys into one hash slot. A Cluster needs that:
  // https://docs.bullmq.io/bull/patterns/redis-cluster
  const prefix = `{${backend.prefix ?? 'daypass'}}`
  let forQueues: RedisClient | undefined
  let forWorkers: RedisClient | undefined
  const connection = (options: RedisOptions) => {
    const client = connectRedis(backend.url, { ...options, retryStrategy })
    return tracked(client, clients)
  }
  return {
    async queue(name, onError) {
      forQueues ??= connection(failFast)
      await firstConnection(forQueues)
      const queue = new Queue<DelayedJobData, void, string>(name, {
        connection: forQueues,
        prefix,
        // Without these a queue made while Redis is down waits for ever, or fails for ever.
        skipVersionCheck: true,
        skipWaitingForReady: true,
        streams: { events: { maxLen: 100 } },
      })
      queue.on('error', onError)
      return queue
    },
    async worker(name, process, options, onError) {
      forWorkers ??= connection(patient)
      const worker = new Worker<DelayedJobData, void, string>(name, process, {
        ...workerSettings,
        concurrency: options.concurrency,
        connection: forWorkers,
        prefix,
      })
      worker.on('error', onError)
      await worker.waitUntilReady()
      worker.run().catch(onError)
      return worker
    },
    async cut() {
      for (const client of clients) client.disconnect()
      clients.clear()
    },
  }
}

/** A client of what the URL names. Connects in the background unless `lazyConnect`. */
export function connectRedis(
  url: string,
  options: RedisOptions & { retryStrategy: (times: number) => number | null },
) {
  const address = parseRedisUrl(url)
  if (address.kind !== 'cluster') return new Redis({ ...address.options, ...options })
  const { retryStrategy: clusterRetryStrategy, enableOfflineQueue, lazyConnect, ...redisOptions } = options
  const clusterOptions: ClusterOptions = {
    redisOptions: { ...address.options, ...redisOptions },
    clusterRetryStrategy,
    enableOfflineQueue: enableOfflineQueue ?? true,
    lazyConnect: lazyConnect ?? false,
    slotsRefreshTimeout: 2_000,
    // Certificates name hosts: with TLS the names must not be turned into addresses.
    ...(address.options.tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
  }
  return new Cluster([...address.nodes], clusterOptions)
}

/**
 * Without an offline queue, a command fails until the first connection is made. This waits for that connection only.
 */
async function firstConnection(client: RedisClient): Promise<void> {
  if (!['wait', 'connecting', 'connect'].includes(client.status)) return
  let settle: (() => void) | undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
    client.once('ready', resolve).once('close', resolve)
  })
  await withDeadline('Redis', 1_500, settled).finally(() => {
    if (settle) client.off('ready', settle).off('close', settle)
  })
}

/** Remembers a client and every copy that BullMQ makes of it, so that all can be disconnected. */
function tracked<C extends RedisClient>(client: C, clients: Set<RedisClient>): C {
  clients.add(client)
  // Queues and workers have error listeners of their own. This one prevents the end of the process before they exist.
  client.on('error', () => {})
  const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => RedisClient
  Object.assign(client, { duplicate: (...args: unknown[]) => tracked(duplicate(...args), clients) })
  return client
}
