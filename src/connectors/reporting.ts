import { randomBytes } from 'node:crypto'
import { type Connector, ConnectorError } from '../domain/connector.ts'

/** An error that a connector did not foresee. The message for people holds the reference of the log line. */
export interface UnexpectedFailure {
  readonly reference: string
  readonly resourceId: string
  readonly operation: string
  readonly error: unknown
}

/** A connector that reports what it did not foresee, and knows how many operations it is performing. */
export interface ReportingConnector {
  readonly connector: Connector
  /** Resolves when no operation is under way. */
  idle(): Promise<void>
}

/** The same connector; an error that it did not foresee is reported, and told as a `ConnectorError` without what it said. */
export function reporting(
  resourceId: string,
  connector: Connector,
  report: (failure: UnexpectedFailure) => void,
): ReportingConnector {
  const running = new Set<Promise<unknown>>()
  const fail = (operation: string, error: unknown): never => {
    if (error instanceof ConnectorError) throw error
    const reference = `E-${randomBytes(3).toString('hex')}`
    report({ reference, resourceId, operation, error })
    const name = error instanceof Error ? error.name : typeof error
    const message = `The connector failed unexpectedly (${name}). The log has more under ${reference}.`
    throw new ConnectorError('unexpected', message, { retryable: true, cause: error })
  }
  const handler: ProxyHandler<object> = {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      // The operations of its actions.
      if (key === 'runs' && typeof member === 'object' && member !== null) return new Proxy(member, handler)
      if (typeof member !== 'function') return member
      const watch = (result: unknown): unknown => {
        if (!(result instanceof Promise)) return result
        const ended: Promise<boolean> = result.then(
          () => running.delete(ended),
          () => running.delete(ended),
        )
        running.add(ended)
        return result.catch((error) => fail(String(key), error))
      }
      return (...args: unknown[]): unknown => {
        try {
          const result: unknown = member.apply(target, args)
          return Array.isArray(result) ? result.map(watch) : watch(result)
        } catch (error) {
          return fail(String(key), error)
        }
      }
    },
  }
  return {
    connector: new Proxy(connector, handler as ProxyHandler<Connector>),
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
