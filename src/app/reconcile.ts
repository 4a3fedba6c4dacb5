import type { Config } from '../config.ts'
import type { Catalog } from '../domain/catalog.ts'
import type { Logger } from '../logger.ts'
import { sharingLogins } from '../usecases/_shared/shared-logins.ts'
import { type Reconciliation, reconcileResource } from '../usecases/drift/reconcile-resource.ts'
import { personTasks } from '../usecases/tasks/person-tasks.ts'
import { openConnectors } from './connectors.ts'
import { openData, prepareDatabase } from './data.ts'
import { readRules } from './rules.ts'

/** The parts of `daypass reconcile`. */
export interface Comparing {
  readonly catalog: Catalog
  /** Throws `ConnectorError`. */
  compare(resourceId: string): Promise<Reconciliation>
  close(): Promise<void>
}

/** Throws `StartupRefused` and `FileProblemsError`. */
export async function openComparing(config: Config, log: Logger): Promise<Comparing> {
  const { catalog } = readRules(config)
  const { store, clock, close } = await openData(await prepareDatabase(config), () => {})
  const opened = openConnectors(catalog, log, personTasks({ store, clock, catalog: () => catalog }))
  const connectors = sharingLogins(opened, store)
  return {
    catalog,
    compare: (resourceId) => reconcileResource({ store, clock, catalog, connectors }, resourceId),
    close: async () => {
      await opened.close()
      await close()
    },
  }
}
