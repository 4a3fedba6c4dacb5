import { randomBytes } from 'node:crypto'
import type { Catalog } from '../domain/catalog.ts'
import { type Connector, ConnectorError } from '../domain/connector.ts'
import type { Connectors } from '../domain/ports.ts'

export interface ConnectorRegistry extends Connectors {
  /**
   * From now on maintains the connectors of all resources, at once and every few seconds, each apart from the others.
   * Faults are reported and end nothing. Ends with `close`.
   */
  startMaintenance(onFault: (resourceId: string, error: unknown) => void): void
  close(): Promise<void>
}

/** An error that a connector did not foresee. The message for people holds the reference of the log line. */
export interface UnexpectedFailure {
  readonly reference: string
  readonly resourceId: string
  readonly operation: string
  readonly error: unknown
}

/** Also how long a connection that broke stays away at most. */
const maintainEveryMs = 10_000

/** One connector for each resource of the catalog, made when it is first needed. */
export function createConnectors(
  catalog: Catalog,
  onUnexpected: (failure: UnexpectedFailure) => void,
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
    if (!resource) {
      const message = `The catalog no longer names ${resourceId}, so Daypass cannot reach it. Put it back, even without entitlements to ask for, until nothing is held there.`
      throw new ConnectorError('not_in_catalog', message, { retryable: true })
    }
    const connector = reporting(resourceId, resource.connector.open(resource), onUnexpected)
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

/** The same connector; an error that it did not foresee is reported, and told as a `ConnectorError` without what it said. */
function reporting(
  resourceId: string,
  connector: Connector,
  report: (failure: UnexpectedFailure) => void,
): Connector {
  const fail = (operation: string, error: unknown): never => {
    if (error instanceof ConnectorError) throw error
    const reference = `E-${randomBytes(3).toString('hex')}`
    report({ reference, resourceId, operation, error })
    const name = error instanceof Error ? error.name : typeof error
    const message = `The connector failed unexpectedly (${name}). The log has more under ${reference}.`
    throw new ConnectorError('unexpected', message, { retryable: true, cause: error })
  }
  return new Proxy(connector, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        const watch = (result: unknown): unknown =>
          result instanceof Promise ? result.catch((error) => fail(String(key), error)) : result
        try {
          const result: unknown = member.apply(target, args)
          return Array.isArray(result) ? result.map(watch) : watch(result)
        } catch (error) {
          return fail(String(key), error)
        }
      }
    },
  })
}
