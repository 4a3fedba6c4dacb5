import { effectHandlers } from './bindings.ts'
import { type CheckedCatalog, checkCatalog, readCatalog } from './catalog-file/read-catalog.ts'
import { type Config, environment } from './config.ts'
import { connectorKinds } from './connectors/kinds.ts'
import { type ConnectorRegistry, createConnectors, type UnexpectedFailure } from './connectors/registry.ts'
import { createDatabaseClock, type DatabaseClock } from './db/clock.ts'
import { type Database, openDatabase } from './db/database.ts'
import { startEmbeddedPostgres } from './db/embedded-postgres.ts'
import { countFaults } from './db/faults.ts'
import { migrateDatabase } from './db/migrate.ts'
import { createOutbox } from './db/outbox.ts'
import { createStore } from './db/store.ts'
import { wakingStore } from './db/waking-store.ts'
import type { Catalog } from './domain/catalog.ts'
import type { Diagnosis } from './domain/connector.ts'
import type { Messenger, Outbox, Ports } from './domain/ports.ts'
import { StartupRefused } from './domain/startup-refused.ts'
import { operatingRoutes } from './http/operating-routes.ts'
import { createHttpServer } from './http/server.ts'
import { checkQueueBackend, diagnoseQueueBackend } from './jobs/check-backend.ts'
import { proofOfRinging } from './jobs/proof-of-ringing.ts'
import type { QueueBackend } from './jobs/queue-backend.ts'
import { repeat } from './jobs/repeat.ts'
import { type Jobs, startJobs } from './jobs/start-jobs.ts'
import type { Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type LoadedPolicies, loadPolicies } from './policy/load-policies.ts'
import { type Channels, createChannels } from './slack/api/channels.ts'
import { createSlackClients, type SlackClients } from './slack/api/clients.ts'
import { createDirectory } from './slack/api/directory.ts'
import { identifyPatiently } from './slack/api/identify-patiently.ts'
import type { SlackIdentity } from './slack/api/identity.ts'
import { slackProbes } from './slack/api/probes.ts'
import { createSlackEndpoint } from './slack/edge/http-endpoint.ts'
import { createSlackApp, type SlackAppOptions } from './slack/edge/slack-app.ts'
import { createMessenger } from './slack/messages/messenger.ts'
import { checkNextAccount } from './usecases/check-accounts.ts'
import { diagnoseFaults, type Probe } from './usecases/diagnose.ts'

/** `web` answers Slack, `worker` sees to what is due, `serve` does both. */
export type Role = 'serve' | 'web' | 'worker'

export interface Running {
  /** Ends in order: no new work, what is in hand, connections, the embedded Postgres. Bounded. */
  stop(): Promise<void>
}

type FilesConfig = Pick<Config, 'catalogPath' | 'policiesPath'>
type DataConfig = Pick<Config, 'database' | 'redisUrl'>

/** What the catalog and policy files say. Throws `FileProblemsError`. */
export function readRules(config: FilesConfig): { catalog: Catalog; policies: LoadedPolicies } {
  const catalog = readCatalog(config.catalogPath, catalogOptions())
  return { catalog, policies: loadPolicies(config.policiesPath, { securityLeads: catalog.security.leads }) }
}

/** The same, as far as it can be told without the variables that the environment lacks. Throws `FileProblemsError`. */
export function checkRules(config: FilesConfig): CheckedCatalog & { policies: LoadedPolicies } {
  const checked = checkCatalog(config.catalogPath, catalogOptions())
  const securityLeads = checked.catalog?.security.leads ?? []
  return { ...checked, policies: loadPolicies(config.policiesPath, { securityLeads }) }
}

function catalogOptions() {
  return { environment: environment(), connectorKinds }
}

/** Brings the database up to date, starting the embedded one when none is configured. */
export async function prepareDatabase(
  config: Pick<Config, 'database'>,
): Promise<{ url: string; release(): Promise<void> }> {
  if (config.database.kind === 'url') {
    await migrateDatabase(config.database.url)
    return { url: config.database.url, release: async () => {} }
  }
  const embedded = await startEmbeddedPostgres(config.database.directory)
  try {
    await migrateDatabase(embedded.url)
    return { url: embedded.url, release: embedded.stop }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/** What every role stands on. */
interface Base {
  readonly ports: Omit<Ports, 'directory' | 'messenger'>
  readonly outbox: Outbox
  readonly clock: DatabaseClock
  readonly database: Database
  readonly connectors: ConnectorRegistry
  readonly metrics: Metrics
  readonly backend: QueueBackend
  /** Called after each commit; the jobs set it. */
  readonly onCommit: { wake: () => void }
  release(): Promise<void>
}

/** Runs Daypass. Throws `FileProblemsError` or `StartupRefused` with what to do. */
export async function startDaypass(config: Config, role: Role, log: Logger): Promise<Running> {
  const rules = readRules(config)
  const base = await openBase(config, rules, log)
  const stops: (() => Promise<void>)[] = [base.release]
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const clients = createSlackClients({
      botToken: config.slack.botToken,
      apiUrl: config.slack.apiUrl,
      logger: log,
    })
    const channels = createChannels({ client: clients.background })
    const messenger = createMessenger({ client: clients.background, catalog: rules.catalog, channels })
    const jobs = beginJobs(base, role, effectHandlers({ ...base.ports, messenger }), log)
    base.onCommit.wake = jobs.wake
    stops.push(() => jobs.stop())
    if (role !== 'web') base.connectors.startMaintenance(connectorFaults(log))
    stops.push(await openDoors({ config, role, log, base, jobs, clients, channels, messenger }))
    log.info({ role, queue: base.backend.kind }, 'Daypass is up')
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openBase(
  config: DataConfig,
  { catalog, policies }: ReturnType<typeof readRules>,
  log: Logger,
): Promise<Base> {
  const { url, release } = await prepareDatabase(config)
  const backend = queueBackend(config, url)
  const checked = await checkQueueBackend(backend)
  if (!checked.ok && !checked.unreachable) {
    await release()
    throw new StartupRefused(`${checked.what} ${checked.remedy}`)
  }
  // Leases must end though Redis is away: the sweep sees to them until it is back.
  if (!checked.ok) log.error({ remedy: checked.remedy }, checked.what)
  const database = openDatabase(url)
  const clock = await createDatabaseClock(database)
  const outbox = createOutbox(database)
  const connectors = createConnectors(catalog, unexpectedFailures(log))
  const onCommit = { wake: () => {} }
  const store = wakingStore(createStore(database), () => onCommit.wake())
  return {
    ports: { store, clock, catalog, policy: policies, connectors },
    outbox,
    clock,
    database,
    connectors,
    backend,
    metrics: createMetrics({ outbox, clock, faults: store.faults }),
    onCommit,
    async release() {
      await connectors.close()
      await database.close()
      await release()
    },
  }
}

/** Errors that a connector did not foresee, under the reference that people read. */
function unexpectedFailures(log: Logger): (failure: UnexpectedFailure) => void {
  return ({ error, ...failure }) => log.error({ err: error, ...failure }, 'a connector failed unexpectedly')
}

/** A target that stays away is said once, until it says something else. */
function connectorFaults(log: Logger): (resourceId: string, error: unknown) => void {
  const said = new Map<string, string>()
  return (resourceId, error) => {
    const message = error instanceof Error ? error.message : String(error)
    if (said.get(resourceId) === message) return
    said.set(resourceId, message)
    log.warn({ resourceId, error: message }, 'no connection to a target is kept open: is it up?')
  }
}

function queueBackend({ redisUrl }: Pick<Config, 'redisUrl'>, databaseUrl: string): QueueBackend {
  return redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', url: databaseUrl }
}

function beginJobs(base: Base, role: Role, handlers: ReturnType<typeof effectHandlers>, log: Logger): Jobs {
  const { backend, outbox, clock, metrics } = base
  return startJobs({
    backend,
    role: role === 'web' ? 'web' : 'worker',
    outbox,
    clock,
    handlers,
    log,
    observer: {
      performed: ({ kind, outcome, by, seconds, latenessSeconds }) =>
        metrics.effect(kind, outcome, by, seconds, latenessSeconds),
    },
    resyncClock: () => clock.resync(),
  })
}

interface Doors {
  readonly config: Config
  readonly role: Role
  readonly log: Logger
  readonly base: Base
  readonly jobs: Jobs
  readonly clients: SlackClients
  readonly channels: Channels
  readonly messenger: Messenger
}

/** Listens: for Slack and for operators, or as a worker for operators only. Resolves with what closes it. */
async function openDoors(doors: Doors): Promise<() => Promise<void>> {
  const { config, role, log, base, jobs, clients, channels, messenger } = doors
  let phase: 'starting' | 'open' | 'stopping' = 'starting'
  const checks = {
    database: () => base.database.ping(),
    queue: proofOfRinging(jobs),
    slack: () => clients.background.auth.test(),
  }
  const { registry } = base.metrics
  const delivery = slackDelivery(doors)
  const server = createHttpServer({
    ...config.http,
    routes: [
      ...operatingRoutes({ checks, phase: () => phase, registry, logger: log }),
      ...(role !== 'worker' && delivery.kind === 'http' ? [delivery.endpoint.route] : []),
    ],
    logger: log,
  })
  // Operators are answered from now on, Slack once it has said who we are: leases are seen to all the same.
  const port = await server.start()
  const identifying = identifyPatiently(clients, log)
  const stopChecks = role === 'web' ? () => {} : startAccountChecks(doors, identifying)
  if (role === 'worker') {
    phase = 'open'
    return async () => {
      phase = 'stopping'
      stopChecks()
      await server.stop(5_000)
    }
  }
  const identity = await identifying.catch(async (error: unknown) => {
    await server.stop(1_000)
    throw error
  })
  const directory = createDirectory({
    client: clients.interactive,
    teamId: identity.teamId,
    clock: base.clock,
    logger: log,
  })
  const app = createSlackApp({
    ...config.slack,
    delivery,
    identity,
    clients,
    channels,
    directory,
    logger: log,
    ports: { ...base.ports, directory, messenger },
    onAcknowledged: base.metrics.acknowledged,
  })
  await app.start()
  phase = 'open'
  log.info({ port, delivery: config.slack.delivery.kind }, 'listening to Slack')
  return async () => {
    phase = 'stopping'
    stopChecks()
    await Promise.all([server.stop(10_000), app.stop()])
  }
}

function slackDelivery({ config, log, base }: Doors): SlackAppOptions['delivery'] {
  const { delivery } = config.slack
  if (delivery.kind === 'socket') return delivery
  const { signingSecret } = delivery
  const onRefused = base.metrics.refusedDelivery
  return { kind: 'http', endpoint: createSlackEndpoint({ signingSecret, logger: log, onRefused }) }
}

/** Asks Slack now and then about those who hold access, once it has said who we are. Returns how to stop it. */
function startAccountChecks(
  { base, clients, log }: Pick<Doors, 'base' | 'clients' | 'log'>,
  identifying: Promise<SlackIdentity>,
): () => void {
  let stop = () => {}
  let stopped = false
  const start = ({ teamId }: SlackIdentity) => {
    if (stopped) return
    const directory = createDirectory({ client: clients.background, teamId, clock: base.clock, logger: log })
    const work = () => checkNextAccount({ ...base.ports, directory }, teamId)
    const problem = 'an account could not be checked; it is asked about again in its turn'
    stop = repeat({ everyMs: 2_000, log, problem, work })
  }
  identifying.then(start, (error: unknown) => log.error({ err: error }, 'accounts are not checked'))
  return () => {
    stopped = true
    stop()
  }
}

async function lookAtFaults(url: string): Promise<Diagnosis> {
  const database = openDatabase(url, { poolSize: 1 })
  return countFaults(database).then(diagnoseFaults).finally(database.close)
}

/** What `daypass doctor` looks at. `release` when done. */
export async function probes(
  config: Config,
  log: Logger,
): Promise<{ list: Probe[]; release(): Promise<void> }> {
  const { catalog } = readRules(config)
  const { background } = createSlackClients({
    botToken: config.slack.botToken,
    apiUrl: config.slack.apiUrl,
    logger: log,
  })
  const connectors = createConnectors(catalog, unexpectedFailures(log))
  let release = async () => {}
  const database = prepareDatabase(config).then((prepared) => {
    release = prepared.release
    return prepared.url
  })
  const list: Probe[] = [
    {
      name: 'Database',
      look: async () => ({ ok: true, summary: `${await database.then(() => 'answers')} and is up to date` }),
    },
    { name: 'Queue', look: async () => diagnoseQueueBackend(queueBackend(config, await database)) },
    { name: 'Grants and messages', look: async () => lookAtFaults(await database) },
    ...slackProbes(background, catalog),
    ...[...catalog.resources.values()].map(({ id, name }) => ({
      name: `${name} (${id})`,
      look: () => connectors.of(id).check(),
    })),
  ]
  return {
    list,
    async release() {
      await connectors.close()
      await database.catch(() => {})
      await release()
    },
  }
}
