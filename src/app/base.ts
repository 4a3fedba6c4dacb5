import type { Config } from '../config.ts'
import type { ConnectorRegistry } from '../connectors/registry.ts'
import type { OnCommit } from '../db/store.ts'
import { type Directory, DirectoryUnavailable } from '../domain/directory.ts'
import type { Ports } from '../domain/ports.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { QueueBackend } from '../jobs/queue-backend.ts'
import type { Logger } from '../logger.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { createPlaces } from '../record/places.ts'
import { rememberLast } from '../remember-last.ts'
import { post } from '../siem/destinations/http.ts'
import { sharingLogins } from '../usecases/_shared/shared-logins.ts'
import { personTasks } from '../usecases/tasks/person-tasks.ts'
import { openVault } from '../vault.ts'
import { openConnectors } from './connectors.ts'
import { type Data, openData, prepareDatabase } from './data.ts'
import { createLiveRules, type LiveRules } from './live-rules.ts'
import { queueBackend, requireFitQueue } from './queue.ts'
import type { Rules } from './rules.ts'
import { openSlack, type Slack } from './slack.ts'
import { requirePublicUrl, stepUpParts } from './step-up.ts'

/** The parts that web and worker share. */
export interface Base {
  readonly config: Config
  readonly log: Logger
  /** With the rules that hold now. Ask once for each piece of work, so that it is not judged half by other rules. */
  readonly ports: () => Omit<Ports, 'directory'>
  readonly rules: LiveRules
  readonly data: Data
  readonly slack: Slack
  readonly connectors: ConnectorRegistry
  readonly metrics: Metrics
  readonly backend: QueueBackend
  /** Accounts and groups, for effects. Until Slack has identified the bot, it says that Slack does not answer. */
  directory: Directory
  /** Called after each commit that added effects to the outbox. `startQueue` sets it. */
  onCommit: OnCommit
  close(): Promise<void>
}

/** Throws `StartupRefused` with what to do. */
export async function openBase(config: Config, first: Rules, log: Logger): Promise<Base> {
  requirePublicUrl(config, first.catalog)
  const prepared = await prepareDatabase(config)
  const backend = queueBackend(config, prepared.url)
  try {
    await requireFitQueue(backend, log)
    const data = await openData(prepared, (added) => base.onCommit(added))
    if (data.isArchive) {
      await data.close()
      throw new StartupRefused(
        'The database holds an imported audit log. It is read, verified and proven, and does not go on.',
        'Set DATABASE_URL to the database of this installation.',
      )
    }
    const { store, clock, outbox, record } = data
    const places = createPlaces(post)
    const tasks = personTasks({ store, clock, catalog: () => rules.current().catalog })
    const connectors = openConnectors(first.catalog, log, tasks)
    const rules: LiveRules = createLiveRules(first, ({ catalog }) => connectors.use(catalog))
    const slack = openSlack(config, () => rules.current().catalog, log)
    const { messenger } = slack
    const stepUp = stepUpParts(config)
    const vault = openVault(config.outputKeyFile)
    const portsOf = rememberLast(({ catalog, policies }: Rules) => ({
      store,
      clock,
      catalog,
      policy: policies,
      connectors: sharingLogins(connectors, store),
      messenger,
      vault,
      stepUp,
      record,
      places,
    }))
    const base: Base = {
      config,
      log,
      ports: () => portsOf(rules.current()),
      rules,
      data,
      slack,
      connectors,
      metrics: createMetrics({
        ...{ outbox, clock, rules, faults: store.faults },
        streams: () => store.streams((rules.current().catalog.streams ?? []).map(({ id }) => id)),
      }),
      backend,
      directory: notIdentified,
      onCommit: () => {},
      async close() {
        await connectors.close()
        await data.close()
      },
    }
    return base
  } catch (error) {
    await prepared.release()
    throw error
  }
}

const notIdentified: Directory = {
  account: () => Promise.reject(new DirectoryUnavailable('Slack has not identified the bot yet')),
  groupMembers: () => Promise.reject(new DirectoryUnavailable('Slack has not identified the bot yet')),
}
