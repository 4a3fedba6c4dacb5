import type { Catalog, Resource } from '../domain/catalog.ts'
import { type Connector, ConnectorError } from '../domain/connector.ts'
import type { Connectors } from '../domain/ports.ts'

/** Makes the connector of one resource. */
export type ConnectorFactory = (resource: Resource) => Connector

export interface ConnectorRegistry extends Connectors {
  close(): Promise<void>
}

/** One connector for each resource of the catalog, made when it is first needed. */
export function createConnectors(
  catalog: Catalog,
  factories: Readonly<Record<string, ConnectorFactory>>,
): ConnectorRegistry {
  const made = new Map<string, Connector>()
  return {
    of(resourceId) {
      const known = made.get(resourceId)
      if (known) return known
      const resource = catalog.resources.get(resourceId)
      const factory = resource && factories[resource.connector.kind]
      if (!factory) {
        const message = `The catalog no longer names ${resourceId}, so Daypass cannot reach it. Put it back, even without entitlements to ask for, until nothing is held there.`
        throw new ConnectorError('not_in_catalog', message, { retryable: true })
      }
      const connector = factory(resource)
      made.set(resourceId, connector)
      return connector
    },
    async close() {
      await Promise.all([...made.values()].map((connector) => connector.close()))
    },
  }
}
