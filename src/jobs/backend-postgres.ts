import { createPostgresBackend, Queue, runMigrations, Worker } from 'bullmq'
import pg from 'pg'
import { type DelayedJobData, type OpenBackend, type QueueBackend, workerSettings } from './queue-backend.ts'

const defaultQueueSchema = 'daypass_queue'

export function postgresBackend(backend: Extract<QueueBackend, { kind: 'postgres' }>): OpenBackend {
  const schema = backend.schema ?? defaultQueueSchema
  const closers = new Set<() => Promise<void>>()
  let migrated: Promise<void> | undefined
  const migrate = () => {
    migrated ??= migrateQueueSchema(backend.url, schema).catch((error) => {
      migrated = undefined
      throw error
    })
    return migrated
  }
  const connection = { connectionString: backend.url, schema, application_name: 'daypass-queue' }
  return {
    async queue(name, onError) {
      await migrate()
      const queue = new Queue<
        DelayedJobData,
        void,
        string,
        DelayedJobData,
        void,
        string,
        PostgresQueueBackend,
        Options
      >(name, { connection: { ...connection, ...failFast } }, createPostgresBackend)
      queue.on('error', onError)
      return ready(queue, closers)
    },
    async worker(name, process, options, onError) {
      await migrate()
      const worker = new Worker<DelayedJobData, void, string, PostgresQueueBackend, number, Options>(
        name,
        process,
        {
          ...workerSettings,
          concurrency: options.concurrency,
          connection: { ...connection, ...patient },
        },
        createPostgresBackend,
      )
      worker.on('error', onError)
      await ready(worker, closers)
      worker.run().catch(onError)
      return worker
    },
    async cut() {
      await Promise.allSettled([...closers].map((close) => close()))
      closers.clear()
    },
  }
}

type PostgresQueueBackend = ReturnType<typeof createPostgresBackend>
type Options = Parameters<typeof createPostgresBackend>[1]['connection']

/**
 * For adding jobs. One connection for each queue, because each queue has a pool of its own and connections of Postgres
 * are few.
 */
const failFast = { max: 1, connectionTimeoutMillis: 2_000, query_timeout: 2_000 } as const
const patient = { max: 3, connectionTimeoutMillis: 10_000, query_timeout: 30_000 } as const

/** BullMQ keeps a failed first connection for ever, so a queue or worker that fails is discarded. */
async function ready<T extends { waitUntilReady(): Promise<unknown>; close(): Promise<void> }>(
  made: T,
  closers: Set<() => Promise<void>>,
): Promise<T> {
  const close = () => made.close()
  closers.add(close)
  try {
    await made.waitUntilReady()
    return made
  } catch (error) {
    closers.delete(close)
    await made.close().catch(() => {})
    throw error
  }
}

/** Safe for several processes at once: BullMQ holds an advisory lock for the length of its one transaction. */
async function migrateQueueSchema(url: string, schema = defaultQueueSchema): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await runMigrations(client, schema)
  } finally {
    await client.end().catch(() => {})
  }
}
