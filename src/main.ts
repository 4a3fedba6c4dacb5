import { openBase } from './app/base.ts'
import { startRecord } from './app/record.ts'
import { startReloading } from './app/reload.ts'
import { readRules } from './app/rules.ts'
import { startStreams } from './app/streams.ts'
import { httpServer, type StartedSlackApp, slackDelivery, startSlackApp } from './app/web.ts'
import { startCare, startQueue } from './app/worker.ts'
import type { Config } from './config.ts'
import type { Phase } from './http/operating-routes.ts'
import type { Logger } from './logger.ts'
import { identifyWithRetries } from './slack/api/identify-with-retries.ts'

/** `web` answers Slack, `worker` performs what is due, `serve` does both. */
export type Role = 'serve' | 'web' | 'worker'

export interface Running {
  /** Stops in order: new work, running work, connections, the embedded Postgres. Takes a limited time. */
  stop(): Promise<void>
  /** Reads catalog and policies again. A version that cannot be used is refused, and the one before stays. */
  reload(): Promise<void>
}

/** Runs Daypass. Throws `FileProblemsError` or `StartupRefused` with what to do. */
export async function startDaypass(config: Config, role: Role, log: Logger): Promise<Running> {
  const base = await openBase(config, readRules(config), log)
  let phase: Phase = 'starting'
  const stops: (() => unknown)[] = [base.close]
  const stop = async () => {
    phase = 'stopping'
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const reloading = startReloading(base, role)
    stops.push(() => reloading.stop())
    const jobs = await startQueue(base, role === 'web' ? 'web' : 'worker')
    stops.push(() => jobs.stop())
    const delivery = role === 'worker' ? null : slackDelivery(base)
    let slackApp: StartedSlackApp | null = null
    const server = httpServer(base, { jobs, phase: () => phase, delivery, slackApp: () => slackApp })
    // From now on operators get answers. Slack gets them when it has answered with the bot's identity. Leases end
    // meanwhile.
    const port = await server.start()
    stops.push(() => server.stop(10_000))
    if (role !== 'web') stops.push(await startRecord(base), startStreams(base))
    const identifying = identifyWithRetries(base.slack.clients, log)
    if (role !== 'web') stops.push(startCare(base, identifying))
    if (delivery) {
      const app = await startSlackApp(base, delivery, await identifying)
      slackApp = app
      // Slack's deliveries come through the server, so both stop together.
      stops.push(() => Promise.all([server.stop(10_000), app.stop()]))
    }
    phase = 'open'
    log.info({ role, port, queue: base.backend.kind }, 'Daypass is up')
    return { stop, reload: () => reloading.reload() }
  } catch (error) {
    await stop()
    throw error
  }
}
