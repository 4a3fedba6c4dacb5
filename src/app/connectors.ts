import { type ConnectorRegistry, createConnectors } from '../connectors/registry.ts'
import type { Catalog } from '../domain/catalog.ts'
import type { PersonTasks } from '../domain/task.ts'
import type { Logger } from '../logger.ts'

/**
 * Connectors for all resources of the catalog. Unexpected errors are logged with the reference that people see in
 * Slack.
 */
export function openConnectors(catalog: Catalog, log: Logger, tasks: PersonTasks): ConnectorRegistry {
  return createConnectors(
    catalog,
    ({ error, ...failure }) => log.error({ err: error, ...failure }, 'a connector failed unexpectedly'),
    tasks,
  )
}
