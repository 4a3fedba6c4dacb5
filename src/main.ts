import { effectHandlers, slackUsecases } from './bindings.ts'
import { readCatalog } from './catalog-file/read-catalog.ts'
import { type Config, environment } from './config.ts'
import { createPostgresConnector, postgresCatalogSchema } from './connectors/postgres.ts'
import { type ConnectorRegistry, createConnectors } from './connectors/registry.ts'
import { createDatabaseClock, type DatabaseClock } from './db/clock.ts'
import { type Database, openDatabase } from './db/database.ts'
import { startEmbeddedPostgres } from './db/embedded-postgres.ts'
import { migrateDatabase } from './db/migrate.ts'
import { createOutbox } from './db/outbox.ts'
import { createStore } from './db/store.ts'
import type { Catalog, Resource } from './domain/catalog.ts'
import type { Diagnosis } from './domain/connector.ts'
import type { Messenger, Outbox, Ports, Store } from './domain/ports.ts'
import { operatingRoutes } from './http-routes.ts'
import { checkQueueBackend, proveQueueBackend } from './jobs/check-backend.ts'
import type { QueueBackend } from './jobs/queue-backend.ts'
import { type Jobs, startJobs } from './jobs/start-jobs.ts'
import type { Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type LoadedPolicies, loadPolicies } from './policy/load-policies.ts'
import { createSlackApp } from './slack/app.ts'
import { type Channels, createChannels } from './slack/channels.ts'
import { createSlackClients, type SlackClients } from './slack/clients.ts'
import { createDirectory } from './slack/directory.ts'
import { identifySlackApp, type SlackIdentity } from './slack/identity.ts'
import { createMessenger } from './slack/messenger.ts'
import { slackProbes } from './slack/probes.ts'
import { troubleOf } from './slack/slack-error.ts'
import { createWebServer } from './slack/web-server.ts'
import type { Probe } from './usecases/diagnose.ts'

/** `web` answers Slack, `worker` sees to what is due, `serve` does both. */
export type Role = 'serve' | 'web' | 'worker'

/** Something started is not as it must be; the message says what and what to do. */
export class StartupRefused extends Error {
  override readonly name = 'StartupRefused'
}

export interface Running {
  /** Ends in order: no new work, what is in hand, connections, the embedded Postgres. Bounded. */
  stop(): Promise<void>
}

type FilesConfig = Pick<Config, 'catalogPath' | 'policiesPath'>
type DataConfig = Pick<Config, 'database' | 'redisUrl'>

/** What the catalog and policy files say. Throws `FileProblemsError`. */
export function readRules(config: FilesConfig): { catalog: Catalog; policies: LoadedPolicies } {
  const catalog = readCatalog(config.catalogPath, {
    environment: environment(),
    connectorSchemas: { postgres: postgresCatalogSchema },
  })
  return { catalog, policies: loadPolicies(config.policiesPath, { securityLeads: catalog.security.leads }) }
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

/** Runs Daypass. Throws `ConfigError`, `FileProblemsError` or `StartupRefused` with what to do. */
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
    const channels = createChannels({ client: clients.background, clock: base.clock })
    const messenger = createMessenger({ client: clients.background, catalog: rules.catalog, channels })
    const jobs = beginJobs(base, role, effectHandlers({ ...base.ports, messenger }), log)
    base.onCommit.wake = jobs.wake
    stops.push(() => jobs.stop())
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
  const connectors = createConnectors(catalog, connectorFactories)
  const onCommit = { wake: () => {} }
  const store = waking(createStore(database), onCommit)
  return {
    ports: { store, clock, catalog, policy: policies, connectors },
    outbox,
    clock,
    database,
    connectors,
    backend,
    metrics: createMetrics({ outbox, clock }),
    onCommit,
    async release() {
      await connectors.close()
      await database.close()
      await release()
    },
  }
}

const connectorFactories = {
  postgres: (resource: Resource) =>
    createPostgresConnector(resource, { entitlements: resource.entitlements }),
}

function queueBackend({ redisUrl }: Pick<Config, 'redisUrl'>, databaseUrl: string): QueueBackend {
  return redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', url: databaseUrl }
}

/** What a transaction left in the outbox is seen to at once, not at the relay's next look. */
function waking(store: Store, onCommit: { wake: () => void }): Store {
  return {
    ...store,
    transaction: async (work) => {
      const result = await store.transaction(work)
      onCommit.wake()
      return result
    },
  }
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
  let stopping = false
  const checks = {
    database: () => base.database.ping(),
    queue: rings(jobs),
    slack: () => clients.background.auth.test(),
  }
  const routes = operatingRoutes({ checks, isStopping: () => stopping, registry: base.metrics.registry })
  const server = role === 'worker' ? createWebServer({ ...config.http, routes, logger: log }) : null
  if (server) {
    await server.start()
    return async () => {
      stopping = true
      await server.stop(5_000)
    }
  }
  const { catalog } = base.ports
  const identity = await identifyPatiently(clients, log)
  const directory = createDirectory({
    client: clients.interactive,
    teamId: identity.teamId,
    clock: base.clock,
    logger: log,
  })
  const app = createSlackApp({
    ...config.slack,
    ...config.http,
    routes,
    identity,
    clients,
    channels,
    directory,
    catalog,
    clock: base.clock,
    logger: log,
    usecases: slackUsecases({ ...base.ports, directory, messenger }),
    onRefused: base.metrics.refusedDelivery,
    onAcknowledged: base.metrics.acknowledged,
  })
  const port = await app.start()
  log.info({ port, delivery: config.slack.delivery.kind }, 'listening to Slack')
  return async () => {
    stopping = true
    await app.stop()
  }
}

/** Sends an alarm through every queue, but not more often than each five seconds, however often it is asked. */
function rings(jobs: Jobs): () => Promise<void> {
  let asked = { at: Number.NEGATIVE_INFINITY, health: Promise.resolve({ ok: false }) }
  return async () => {
    if (performance.now() - asked.at > 5_000) asked = { at: performance.now(), health: jobs.health() }
    if ((await asked.health).ok) return
    asked.at = Number.NEGATIVE_INFINITY
    throw new Error('an alarm that was set does not ring')
  }
}

/** Slack may be away when we start: leases end all the same, so we wait for it. What waiting cannot mend is refused. */
async function identifyPatiently({ background }: SlackClients, log: Logger): Promise<SlackIdentity> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identifySlackApp(background)
    } catch (error) {
      const { retryable, message, code } = troubleOf(error)
      if (!retryable) throw new StartupRefused(`Slack refuses the bot token (${code}). ${message}`)
      log.warn({ code, attempt }, 'Slack cannot be asked who we are; trying again')
      await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 500 * 2 ** Math.min(attempt, 6))))
    }
  }
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
  const connectors = createConnectors(catalog, connectorFactories)
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
    { name: 'Queue', look: async () => lookAtQueue(queueBackend(config, await database)) },
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

async function lookAtQueue(backend: QueueBackend): Promise<Diagnosis> {
  const checked = await checkQueueBackend(backend)
  if (!checked.ok) return { ok: false, problems: [checked] }
  const ms = await proveQueueBackend(backend)
  const name = backend.kind === 'redis' ? 'Redis' : 'Postgres'
  return { ok: true, summary: `an alarm set in ${name} rang after ${Math.round(ms)} ms` }
}
