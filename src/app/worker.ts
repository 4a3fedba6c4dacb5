import { repeat } from '../jobs/repeat.ts'
import { type Jobs, startJobs } from '../jobs/start-jobs.ts'
import type { Logger } from '../logger.ts'
import { createDirectory } from '../slack/api/directory.ts'
import type { SlackIdentity } from '../slack/api/identity.ts'
import { lookAtLeases, removeOldActivity } from '../usecases/activity/look-at-leases.ts'
import { reconcileResource } from '../usecases/drift/reconcile-resource.ts'
import { runnableEffects } from '../usecases/effects.ts'
import { refreshHomes } from '../usecases/home/publish-home.ts'
import { orderInsights } from '../usecases/insight/order-insights.ts'
import { noticeEvents } from '../usecases/noticing/notice-events.ts'
import { checkNextAccount } from '../usecases/people/check-accounts.ts'
import { orderDueReports } from '../usecases/reports/order-reports.ts'
import { startDueReviews } from '../usecases/reviews/start-review.ts'
import type { Base } from './base.ts'
import { emergencyFolderOf, recordEmergencyFolder } from './emergency.ts'

/** The queue, and the runner where this process is a worker. */
export async function startQueue(base: Base, role: 'web' | 'worker'): Promise<Jobs> {
  const { data, backend, log, metrics, ports } = base
  const jobs = startJobs({
    backend,
    role,
    outbox: data.outbox,
    clock: data.clock,
    effects: runnableEffects(() => ({ ...ports(), directory: base.directory })),
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
  const stopComparing = startReconciliation(base)
  const stopLooking = startLooking(base)
  const stopNoticing = startNoticing(base)
  const stopInsights = startInsights(base)
  const stopPeopleWork = startPeopleWork(base, identifying)
  const stopScheduled = startScheduled(base)
  return () => {
    stopScheduled()
    stopComparing()
    stopLooking()
    stopNoticing()
    stopInsights()
    stopPeopleWork()
  }
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

const scheduledEveryMs = 30_000

/** What the catalog orders at certain times: access reviews and reports. */
function startScheduled({ ports, log }: Base): () => void {
  return repeat({
    everyMs: scheduledEveryMs,
    log,
    problem: 'a review or a report that is due could not be ordered; it is tried again',
    work: async () => {
      const now = ports()
      await startDueReviews(now)
      await orderDueReports(now)
    },
  })
}

const reconcileEveryMs = 5 * 60_000

/** Compares each target with the live grants. Targets are apart: one that does not answer holds up no other. */
function startReconciliation({ ports, config, log }: Base): () => void {
  const compare = async () => {
    const now = ports()
    // Otherwise access that was taken away in an emergency would be given again.
    await recordEmergencyFolder(now, emergencyFolderOf(config))
    await Promise.all(
      [...now.catalog.resources.keys()].map((resourceId) =>
        reconcileResource(now, resourceId).catch((error: unknown) =>
          log.warn({ resourceId, error: String(error) }, 'a target could not be compared with the grants'),
        ),
      ),
    )
  }
  const problem = 'targets could not be compared with the grants'
  return repeat({ everyMs: reconcileEveryMs, log, problem, work: compare })
}

/** The catalog says how often each lease is looked at. */
const lookEveryMs = 5_000
const removeEveryMs = 3_600_000

/** Looks at what holders do. Targets are apart, as above. */
function startLooking({ ports, log }: Base): () => void {
  const look = async () => {
    const now = ports()
    await Promise.all(
      [...now.catalog.resources.keys()].map((resourceId) =>
        lookAtLeases(now, resourceId).catch((error: unknown) =>
          log.warn({ resourceId, error: String(error) }, 'the use of leases at a target could not be seen'),
        ),
      ),
    )
  }
  const stops = [
    repeat({ everyMs: lookEveryMs, log, problem: 'the use of leases could not be seen', work: look }),
    repeat({
      everyMs: removeEveryMs,
      log,
      problem: 'what was seen of former leases could not be removed; it is tried again',
      work: () => removeOldActivity(ports()),
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

const noticeEveryMs = 2_000

/** Asks the rules about new events. They are read from the record, so no click waits for them, and none is lost. */
function startNoticing({ ports, log }: Base): () => void {
  const problem = 'new events could not be judged by the rules that notice; they are tried again'
  const told = new Set<string>()
  const work = async () => {
    const { failed } = await noticeEvents(ports())
    for (const { rule, error } of failed) {
      if (told.has(`${rule} ${error}`)) continue
      told.add(`${rule} ${error}`)
      log.error({ rule, error }, 'a rule that notices could not be evaluated, and was left out')
    }
  }
  return repeat({ everyMs: noticeEveryMs, log, problem, work })
}

const insightEveryMs = 60_000

/** Orders the weekly message to owners when its time has come. */
function startInsights({ ports, log }: Base): () => void {
  const problem = 'the weekly message to owners could not be ordered; it is tried again'
  return repeat({ everyMs: insightEveryMs, log, problem, work: () => orderInsights(ports()) })
}

const checkEveryMs = 2_000
const refreshEveryMs = 2_000
/** With the tabs that people open, fewer than 100 in a minute: https://docs.slack.dev/apis/web-api/rate-limits (tier 4). */
const homesInOnePass = 2

/**
 * The work that asks Slack about people: checks the holders of access, keeps Home tabs up to date, and judges leases at their
 * planned start. Begins when Slack has
 * answered with the bot's identity. Returns a function that stops it.
 */
function startPeopleWork(base: Base, identifying: Promise<SlackIdentity>): () => void {
  const { ports, slack, data, log } = base
  const stops: (() => void)[] = []
  let stopped = false
  const start = ({ teamId }: SlackIdentity) => {
    if (stopped) return
    const { background: client } = slack.clients
    const directory = createDirectory({ client, teamId, clock: data.clock, logger: log })
    base.directory = directory
    let since: Date | null = null
    stops.push(
      repeat({
        everyMs: checkEveryMs,
        log,
        problem: 'an account could not be checked in Slack; it is checked again in its turn',
        work: () => checkNextAccount({ ...ports(), directory }, teamId),
      }),
      repeat({
        everyMs: refreshEveryMs,
        log,
        problem: 'a Home tab could not be brought up to date; it is tried again',
        work: async () => {
          since = await refreshHomes({ ...ports(), directory }, since, homesInOnePass)
        },
      }),
    )
  }
  identifying.then(start, (error: unknown) =>
    log.error({ err: error }, 'Slack does not identify the bot, so the accounts of holders are not checked'),
  )
  return () => {
    stopped = true
    for (const stop of stops) stop()
  }
}
