import type { Catalog, Resource } from '../domain/catalog.ts'
import { type Connector, ConnectorError } from '../domain/connector.ts'
import type { Connectors } from '../domain/ports.ts'

/** Makes the connector of one resource. */
export type ConnectorFactory = (resource: Resource) => Connector

export interface ConnectorRegistry extends Connectors {
  /**
   * From now on maintains the connectors of all resources, at once and every few seconds, each apart from the others.
   * Faults are reported and end nothing. Ends with `close`.
   */
  startMaintenance(onFault: (resourceId: string, error: unknown) => void): void
  close(): Promise<void>
}

/** Also how long a connection that broke stays away at most. */
const maintainEveryMs = 10_000

/** One connector for each resource of the catalog, made when it is first needed. */
export function createConnectors(
  catalog: Catalog,
  factories: Readonly<Record<string, ConnectorFactory>>,
): ConnectorRegistry {
  const made = new Map<string, Connector>()
  const timers: NodeJS.Timeout[] = []
  const maintainEach = (resourceId: string, onFault: (resourceId: string, error: unknown) => void) => {
    let busy = false
    const maintain = async () => {
      if (busy) return
      busy = true
      try {
        await of(resourceId).maintain?.()
      } catch (error) {
        onFault(resourceId, error)
      }
      busy = false
    }
    void maintain()
    timers.push(setInterval(maintain, maintainEveryMs).unref())
  }
  const of = (resourceId: string): Connector => {
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
  }
  return {
    of,
    startMaintenance(onFault) {
      for (const resourceId of catalog.resources.keys()) maintainEach(resourceId, onFault)
    },
    async close() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([...made.values()].map((connector) => connector.close()))
    },
  }
}
