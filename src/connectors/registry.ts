import { isDeepStrictEqual } from 'node:util'
import { type Catalog, type Resource, userGroupsOf } from '../domain/catalog.ts'
import { type Connector, ConnectorError } from '../domain/connector.ts'
import type { Connectors } from '../domain/ports.ts'
import type { PersonTasks } from '../domain/task.ts'
import { type ReportingConnector, reporting, type UnexpectedFailure } from './reporting.ts'

export interface ConnectorRegistry extends Connectors {
  /**
   * From now on maintains the connectors of all resources, at once and every few seconds, each apart from the others.
   * Faults are reported and end nothing. Ends with `close`.
   */
  startMaintenance(onFault: (resourceId: string, error: unknown) => void): void
  /**
   * Works with another catalog from now on. The connector of a resource that changed is closed after its running operations.
   * That of a resource that was removed stays open to take access away, until `closeRemoved`.
   */
  use(catalog: Catalog): void
  /** Closes the connectors of removed resources where nothing is held any more. */
  closeRemoved(isHeld: (resourceId: string) => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

/** Also how long a connection that broke stays away at most. */
const maintainEveryMs = 10_000

/** A connector, and the version of its resource that it was made from. */
interface Opened extends ReportingConnector {
  readonly resource: Resource
}

/** One connector for each resource of the catalog, made when it is first needed. `tasks`: for those that order work of people. */
export function createConnectors(
  catalog: Catalog,
  onUnexpected: (failure: UnexpectedFailure) => void,
  tasks?: PersonTasks,
): ConnectorRegistry {
  let present = catalog
  const opened = new Map<string, Opened>()
  /** Connectors that were replaced, while operations still run there. */
  const replaced = new Set<Promise<void>>()
  const timers = new Map<string, NodeJS.Timeout>()
  let onFault: ((resourceId: string, error: unknown) => void) | null = null

  const isDecidingGroup = (group: string) => userGroupsOf(present).has(group)
  const open = (resource: Resource): Opened => {
    const known = opened.get(resource.id)
    if (known) return known
    const connector = resource.connector.open({ ...resource, isDecidingGroup, ...(tasks && { tasks }) })
    const made = { resource, ...reporting(resource.id, connector, onUnexpected) }
    opened.set(resource.id, made)
    return made
  }
  const of = (resourceId: string): Connector => {
    const resource = present.resources.get(resourceId)
    if (resource) return open(resource).connector
    const removed = opened.get(resourceId)
    if (!removed) throw notInCatalog(resourceId)
    return onlyToTakeAway(resourceId, removed.connector)
  }
  const maintainEach = (resourceId: string, report: (resourceId: string, error: unknown) => void) => {
    if (timers.has(resourceId)) return
    let busy = false
    const maintain = async () => {
      if (busy) return
      busy = true
      try {
        await of(resourceId).maintain?.()
      } catch (error) {
        report(resourceId, error)
      }
      busy = false
    }
    void maintain()
    timers.set(resourceId, setInterval(maintain, maintainEveryMs).unref())
  }
  const maintainAll = () => {
    if (onFault) for (const resourceId of present.resources.keys()) maintainEach(resourceId, onFault)
  }
  const closeWhenIdle = ({ idle, connector }: Opened) => {
    const closing = idle()
      .then(() => connector.close())
      .catch(() => {})
      .finally(() => replaced.delete(closing))
    replaced.add(closing)
    return closing
  }
  return {
    of,
    startMaintenance(report) {
      onFault = report
      maintainAll()
    },
    use(catalog) {
      present = catalog
      for (const [id, known] of opened) {
        const resource = catalog.resources.get(id)
        if (!resource || isSameTarget(known.resource, resource)) continue
        opened.delete(id)
        void closeWhenIdle(known)
      }
      maintainAll()
    },
    async closeRemoved(isHeld) {
      for (const [id, known] of [...opened]) {
        if (present.resources.has(id) || (await isHeld(id)) || present.resources.has(id)) continue
        opened.delete(id)
        clearInterval(timers.get(id))
        timers.delete(id)
        await closeWhenIdle(known)
      }
    },
    async close() {
      for (const timer of timers.values()) clearInterval(timer)
      await Promise.all([...replaced, ...[...opened.values()].map(({ connector }) => connector.close())])
    },
  }
}

/** Whether a connector of the one resource works for the other: the same system, and the same content of each entitlement. */
function isSameTarget(one: Resource, other: Resource): boolean {
  const contents = ({ entitlements }: Resource) =>
    new Map([...entitlements].map(([id, { content }]) => [id, content]))
  return one.connector.isSame(other.connector) && isDeepStrictEqual(contents(one), contents(other))
}

function notInCatalog(resourceId: string): ConnectorError {
  const message = `The catalog no longer names ${resourceId}, so Daypass cannot reach it. Put it back, even without entitlements to ask for, until nothing is held there.`
  return new ConnectorError('not_in_catalog', message, { retryable: true })
}

/** The connector of a resource that the catalog no longer names: it gives nothing, and takes away what is still held. */
function onlyToTakeAway(resourceId: string, connector: Connector): Connector {
  const refuse = () => Promise.reject(notInCatalog(resourceId))
  return new Proxy(connector, {
    get: (target, key) => {
      if (key === 'grantAll' || key === 'runs') return undefined
      return key === 'grant' || key === 'issueCredentials' ? refuse : Reflect.get(target, key)
    },
  })
}
