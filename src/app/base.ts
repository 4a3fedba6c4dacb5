import type { Config } from '../config.ts'
import type { ConnectorRegistry } from '../connectors/registry.ts'
import type { OnCommit } from '../db/store.ts'
import type { Ports } from '../domain/ports.ts'
import type { QueueBackend } from '../jobs/queue-backend.ts'
import type { Logger } from '../logger.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { openConnectors } from './connectors.ts'
import { type Data, openData, prepareDatabase } from './data.ts'
import { queueBackend, requireFitQueue } from './queue.ts'
import type { Rules } from './rules.ts'
import { openSlack, type Slack } from './slack.ts'

/** The parts that web and worker share. */
export interface Base {
  readonly config: Config
  readonly log: Logger
  readonly ports: Omit<Ports, 'directory'>
  readonly data: Data
  readonly slack: Slack
  readonly connectors: ConnectorRegistry
  readonly metrics: Metrics
  readonly backend: QueueBackend
  /** Called after each commit that added effects to the outbox. `startQueue` sets it. */
  onCommit: OnCommit
  close(): Promise<void>
}

/** Throws `StartupRefused` with what to do. */
export async function openBase(config: Config, { catalog, policies }: Rules, log: Logger): Promise<Base> {
  const prepared = await prepareDatabase(config)
  const backend = queueBackend(config, prepared.url)
  try {
    await requireFitQueue(backend, log)
    const data = await openData(prepared, (added) => base.onCommit(added))
    const { store, clock, outbox } = data
    const connectors = openConnectors(catalog, log)
    const slack = openSlack(config, catalog, log)
    const base: Base = {
      config,
      log,
      ports: { store, clock, catalog, policy: policies, connectors, messenger: slack.messenger },
      data,
      slack,
      connectors,
      metrics: createMetrics({ outbox, clock, faults: store.faults }),
      backend,
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
