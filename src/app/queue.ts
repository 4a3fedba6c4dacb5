import type { Config } from '../config.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import { checkQueueBackend } from '../jobs/check-backend.ts'
import type { QueueBackend } from '../jobs/queue-backend.ts'
import type { Logger } from '../logger.ts'

/** Redis where one is configured, otherwise the database. */
export function queueBackend({ redisUrl }: Pick<Config, 'redisUrl'>, databaseUrl: string): QueueBackend {
  return redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', url: databaseUrl }
}

/** Throws `StartupRefused` when the backend answers and cannot be used. */
export async function requireFitQueue(backend: QueueBackend, log: Logger): Promise<void> {
  const checked = await checkQueueBackend(backend)
  if (checked.ok) return
  if (!checked.unreachable) throw new StartupRefused(`${checked.what} ${checked.remedy}`)
  // Leases must end also while Redis is down: the sweep performs what is due until Redis answers.
  log.error({ remedy: checked.remedy }, checked.what)
}
