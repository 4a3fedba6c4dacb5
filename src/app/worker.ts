import { repeat } from '../jobs/repeat.ts'
import { type Jobs, startJobs } from '../jobs/start-jobs.ts'
import type { Logger } from '../logger.ts'
import { createDirectory } from '../slack/api/directory.ts'
import type { SlackIdentity } from '../slack/api/identity.ts'
import { runnableEffects } from '../usecases/effects.ts'
import { checkNextAccount } from '../usecases/people/check-accounts.ts'
import type { Base } from './base.ts'

/** The queue, and the runner where this process is a worker. */
export async function startQueue(base: Base, role: 'web' | 'worker'): Promise<Jobs> {
  const { data, backend, log, metrics, ports } = base
  const jobs = startJobs({
    backend,
    role,
    outbox: data.outbox,
    clock: data.clock,
    effects: runnableEffects(ports),
    log,
    observer: {
      performed: ({ kind, outcome, by, seconds, latenessSeconds }) =>
        metrics.effect(kind, outcome, by, seconds, latenessSeconds),
    },
    resyncClock: data.clock.resync,
  })
  if (role === 'web') {
    base.onCommit = data.wakeSignal.send
    return jobs
  }
  base.onCommit = jobs.wake
  const unheard = (error: unknown) =>
    log.warn({ err: error }, 'cannot listen to commits of other processes; the sweep performs their effects')
  await data.wakeSignal.listen(() => jobs.wake()).catch(unheard)
  return jobs
}

/** The other work of a worker: keeps a connection to each target, and asks Slack about the holders of access. */
export function startCare(base: Base, identifying: Promise<SlackIdentity>): () => void {
  base.connectors.startMaintenance(connectorFaults(base.log))
  return startAccountChecks(base, identifying)
}

/** Logs the fault of a target once, until the fault changes. */
function connectorFaults(log: Logger): (resourceId: string, error: unknown) => void {
  const said = new Map<string, string>()
  return (resourceId, error) => {
    const message = error instanceof Error ? error.message : String(error)
    if (said.get(resourceId) === message) return
    said.set(resourceId, message)
    log.warn({ resourceId, error: message }, 'no connection to a target can be kept open; check that it runs')
  }
}

const checkEveryMs = 2_000

/** Begins when Slack has answered with the bot's identity. Returns a function that stops it. */
function startAccountChecks(
  { ports, slack, data, log }: Base,
  identifying: Promise<SlackIdentity>,
): () => void {
  let stop = () => {}
  let stopped = false
  const start = ({ teamId }: SlackIdentity) => {
    if (stopped) return
    const { background: client } = slack.clients
    const directory = createDirectory({ client, teamId, clock: data.clock, logger: log })
    const work = () => checkNextAccount({ ...ports(), directory }, teamId)
    const problem = 'an account could not be checked in Slack; it is checked again in its turn'
    stop = repeat({ everyMs: checkEveryMs, log, problem, work })
  }
  identifying.then(start, (error: unknown) =>
    log.error({ err: error }, 'Slack does not identify the bot, so the accounts of holders are not checked'),
  )
  return () => {
    stopped = true
    stop()
  }
}
