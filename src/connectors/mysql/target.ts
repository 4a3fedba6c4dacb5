import { limited } from '../_shared/operation-limit.ts'
import { type Address, addressOf, type Loan, openConnections, type Server } from './connection.ts'
import { codeOf, isServerError, toConnectorError } from './errors.ts'
import type { MysqlSettings } from './schema.ts'

/** Statements on one connection. */
export interface Session {
  readonly server: Server
  /** The rows of a query; none for a statement without rows. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** The same. False where the server refused it with one of these codes, which say that there was nothing to do. */
  attempt(text: string, unless: readonly string[]): Promise<boolean>
}

/** The server of a resource. */
export interface Target {
  readonly resourceId: string
  readonly settings: MysqlSettings
  readonly address: Address
  /** Runs a whole operation on one connection, bounded in time. Every failure is a `ConnectorError`. */
  operation<T>(run: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function openTarget(resourceId: string, settings: MysqlSettings): Target {
  const connections = openConnections(resourceId, settings)
  return {
    resourceId,
    settings,
    address: addressOf(settings),
    operation: async (run) => {
      const borrowing = connections.borrow()
      let over = false
      const work = async () => {
        const loan = await borrowing
        if (!over) return using(loan, run, () => over)
        loan.release(false)
        throw new Error('the operation was given up while it waited')
      }
      try {
        return await limited(resourceId, settings.timeout, work())
      } catch (error) {
        // Where time is over, the statement that runs is of no use any more: its connection is closed.
        over = true
        if (!isServerError(error)) void borrowing.then(({ client }) => client.destroy()).catch(() => {})
        throw toConnectorError(error, resourceId)
      }
    },
    close: () => connections.close(),
  }
}

async function using<T>(
  loan: Loan,
  run: (session: Session) => Promise<T>,
  isOver: () => boolean,
): Promise<T> {
  let broken = true
  try {
    const result = await run(sessionOf(loan))
    broken = false
    return result
  } catch (error) {
    broken = !isServerError(error)
    throw error
  } finally {
    loan.release(broken || isOver())
  }
}

function sessionOf({ client, server }: Loan): Session {
  const query: Session['query'] = async <Row extends object>(text: string, values?: readonly unknown[]) => {
    const [rows] = await client.query(text, values ? [...values] : undefined)
    return (Array.isArray(rows) ? rows : []) as Row[]
  }
  return {
    server,
    query,
    attempt: async (text, unless) => {
      try {
        await query(text)
        return true
      } catch (error) {
        if (unless.includes(codeOf(error))) return false
        throw error
      }
    },
  }
}
