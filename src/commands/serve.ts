import { readConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import { type Role, startDaypass } from '../main.ts'

/** `daypass serve`, `web` and `worker`: runs until a signal ends it. */
export async function serve(role: Role): Promise<void> {
  const config = readConfig()
  const log = createLogger(config.logLevel)
  // Leases depend on this process, so a rejected promise without a handler must not end it. It is logged.
  process.on('unhandledRejection', (reason) =>
    log.error({ err: reason }, 'a promise was rejected, and no code handled it'),
  )
  const running = await startDaypass(config, role, log)
  process.on('SIGHUP', () => void running.reload())
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'stopping in order; a second signal stops at once')
      void running.stop().then(() => process.exit(0))
    })
  }
}
