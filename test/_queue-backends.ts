import postgres from 'postgres'
import type { QueueBackend } from '../src/jobs/queue-backend.ts'
import { redisMissing, skipLoudly, startRedis } from './_redis.ts'

/** One of the places where the queue may live; the same tests run on each. */
export interface QueueBackendUnderTest {
  readonly name: 'redis' | 'postgres'
  /** For `describe.skipIf`; a warning was printed. */
  readonly skip: boolean
  /** For one test file, in `beforeAll`. `databaseUrl` is where a Postgres queue puts its tables. */
  open(databaseUrl: string): Promise<OpenQueueBackend>
}

export interface OpenQueueBackend {
  readonly backend: QueueBackend
  /** Forgets every job. */
  wipe(): Promise<void>
  close(): Promise<void>
}

/** For `describe.each`. */
export function queueBackends(): QueueBackendUnderTest[] {
  return [
    { name: 'redis', skip: skipLoudly('the queue on Redis', redisMissing), open: openRedis },
    { name: 'postgres', skip: false, open: async (databaseUrl) => openPostgres(databaseUrl) },
  ]
}

async function openRedis(): Promise<OpenQueueBackend> {
  const redis = await startRedis()
  return {
    backend: { kind: 'redis', url: redis.url, prefix: redis.prefix },
    wipe: redis.wipe,
    close: redis.close,
  }
}

function openPostgres(url: string): OpenQueueBackend {
  return {
    backend: { kind: 'postgres', url },
    async wipe() {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      await sql`delete from daypass_queue.job`.finally(() => sql.end())
    },
    close: async () => {},
  }
}
