import { postgresBackend } from './backend-postgres.ts'
import { redisBackend } from './backend-redis.ts'
import type { OpenBackend, QueueBackend } from './queue-backend.ts'

/** Connects nothing yet: that happens with the first queue or worker. Throws `InvalidRedisUrl`. */
export function openBackend(backend: QueueBackend): OpenBackend {
  return backend.kind === 'redis' ? redisBackend(backend) : postgresBackend(backend)
}
