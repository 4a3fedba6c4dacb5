import { setTimeout as pause } from 'node:timers/promises'
import {
  ConnectorError,
  type Facts,
  type ReadyRun,
  type RunOrder,
  type RunPreview,
  type RunResult,
  type Runs,
} from '../../../domain/connector.ts'
import { countProblem, mostRows, rowsSummary, shownRows } from '../../_shared/sql-action.ts'
import type { Connections, Loan } from '../connection.ts'
import { isSqlError, sqlStateOf, toConnectorError } from '../errors.ts'
import type { Target } from '../target.ts'
import { type Executed, executeStatement } from './execute-statement.ts'
import { boundStatement } from './render.ts'
import { beginRun, type RunTransaction } from './run-connection.ts'
import type { PostgresAction } from './schema.ts'

type Order = RunOrder<PostgresAction>
type Place = Pick<Target, 'resourceId' | 'operation'> & Pick<Connections, 'openForRun'>

/**
 * Statements as actions. Each runs in a transaction of its own, whose number is known before the statement is sent: so Postgres itself
 * says later whether it was committed, and a transaction that is ended can never be committed.
 */
export function postgresRuns(place: Place): Runs<PostgresAction> {
  return {
    preview: (order) => preview(place, order),
    ready: (order) => ready(place, order),
    settle: (order, mark) => settle(place, order, mark),
  }
}

async function preview(place: Place, { content, values }: Order): Promise<RunPreview | null> {
  const { writes, statement } = content
  if (!writes) return null
  const loan = await open(place, content)
  try {
    const { client } = await beginRun(loan, content)
    const show = async () =>
      writes.show === undefined
        ? null
        : (await executeStatement(client, boundStatement(writes.show, values), shownRows)).output
    const before = await show()
    const counted = { ...shownRows, counted: mostRows(writes) }
    const { rows } = await executeStatement(client, boundStatement(statement, values), counted)
    const problem = countProblem(writes, rows, null)
    if (problem !== null)
      return { kind: 'problem', code: 'row_count', message: `${problem} Nothing was changed.` }
    const after = await show()
    // Constraints that wait for the end of the transaction.
    await client.query('set constraints all immediate')
    return { kind: 'preview', rows, before, after }
  } catch (error) {
    // Somebody holds a lock, or was in the way: it may work later.
    if (error instanceof ConnectorError || !isSqlError(error) || /^(40|55|57)/.test(sqlStateOf(error)))
      throw toConnectorError(error, place.resourceId)
    return { kind: 'problem', code: sqlStateOf(error), message: said(error) }
  } finally {
    // The end of the connection undoes everything, whatever state it is in.
    loan.release(true)
  }
}

async function ready(place: Place, order: Order): Promise<ReadyRun> {
  const bound = boundStatement(order.content.statement, order.values)
  const loan = await open(place, order.content)
  try {
    const begun = await beginRun(loan, order.content)
    const { pid, xid, backendStart } = begun
    return {
      mark: { pid, xid, backend_start: backendStart },
      execute: (signal) =>
        execute(place, order, { ...begun, ...bound }, signal).finally(() => loan.release(true)),
      abandon: async () => loan.release(true),
    }
  } catch (error) {
    loan.release(true)
    throw toConnectorError(error, place.resourceId)
  }
}

async function open(place: Place, { limits }: PostgresAction): Promise<Loan> {
  try {
    return await place.openForRun(limits.seconds)
  } catch (error) {
    throw toConnectorError(error, place.resourceId)
  }
}

async function execute(
  place: Place,
  order: Order,
  { client, pid, text, values }: RunTransaction & ReturnType<typeof boundStatement>,
  signal: AbortSignal,
): Promise<RunResult> {
  const { content, previewedRows } = order
  const { writes, limits } = content
  if (signal.aborted) return cancelled
  const cancel = () =>
    void place
      .operation((operation) =>
        operation.session(({ query }) => query('select pg_cancel_backend($1)', [pid])),
      )
      .catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    const counted = writes ? mostRows(writes) : null
    const executed = await executeStatement(client, { text, values }, { ...limits, counted })
    if (signal.aborted) return cancelled
    const problem = writes ? countProblem(writes, executed.rows, previewedRows) : null
    if (problem !== null) return { kind: 'undone', code: 'row_count', message: `${problem} It was undone.` }
    const { command } = await client.query('commit')
    if (command !== 'COMMIT')
      return { kind: 'undone', code: 'rolled_back', message: 'The database undid it at its end.' }
    return doneBy(executed, writes !== undefined)
  } catch (error) {
    if (!isSqlError(error))
      return { kind: 'unknown', code: 'unreachable', message: 'The connection to the database broke.' }
    if (signal.aborted && sqlStateOf(error) === '57014') return cancelled
    return { kind: 'undone', code: sqlStateOf(error), message: said(error) }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

const cancelled: RunResult = {
  kind: 'undone',
  code: 'cancelled',
  message: 'It was stopped, and the database undid it.',
}

function doneBy({ rows, output }: Executed, writes: boolean): RunResult {
  return { kind: 'done', summary: rowsSummary(rows, writes), rows, output }
}

/** What Postgres says of the statement. It may repeat the values, so it is not for the audit log. */
function said(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) }
  return `The database refused it, and nothing changed: ${message} [${sqlStateOf(error)}]`
}

/** How long an ended transaction may take to be gone. */
const goneWithinMs = 8_000

async function settle(place: Place, { content }: Order, mark: Facts): Promise<RunResult> {
  const { pid, xid, backend_start: backendStart } = mark
  const parts = [xid, pid, backendStart]
  const until = performance.now() + goneWithinMs
  for (;;) {
    const [found] = await place.operation((operation) =>
      operation.session(({ query }) => query<{ status: string | null }>(endAndRead, parts)),
    )
    if (!content.writes) return { kind: 'undone', code: 'interrupted', message: onlyRead }
    switch (found?.status) {
      case 'committed':
        return { kind: 'done', summary: committed, rows: null, output: null }
      case 'aborted':
        return { kind: 'undone', code: 'interrupted', message: interrupted }
      case 'in progress':
        break
      default:
        return { kind: 'unknown', code: 'too_long_ago', message: tooLongAgo }
    }
    if (performance.now() > until) {
      const message = `${place.resourceId}: a transaction that was ended is still there.`
      throw new ConnectorError('timeout', message, { retryable: true })
    }
    await pause(100)
  }
}

/** Ends what is still under way, and reads what became of it. An ended transaction cannot be committed any more. */
const endAndRead = `
select case when $1::text is not null then pg_xact_status($1::text::xid8) end as status,
  (select pg_terminate_backend(pid) from pg_stat_activity where pid = $2::int and backend_start = $3::text::timestamptz) as ended`

const onlyRead = 'It was interrupted. It only reads, so nothing changed.'
const interrupted = 'It was interrupted, and the database undid it: nothing changed.'
const committed =
  'It was run: the database has it. The process that ran it was interrupted, so its output is lost.'
const tooLongAgo = 'The database no longer knows what became of its transaction.'
