import type { ReadyRun, RunOrder, RunPreview, RunResult, Runs } from '../../../domain/connector.ts'
import { countProblem, rowsSummary, shownRows } from '../../_shared/sql-action.ts'
import { codeOf, isServerError, toConnectorError } from '../errors.ts'
import type { Target } from '../target.ts'
import { executeStatement } from './execute-statement.ts'
import { type BoundStatement, boundStatement } from './render.ts'
import { beginRun, type RunTransaction, sessionOf } from './run-connection.ts'
import type { MysqlAction } from './schema.ts'
import { settleRun } from './settle-run.ts'
import { stopper } from './stop-statement.ts'
import { changedValue, undo } from './undo.ts'

type Order = RunOrder<MysqlAction>

/**
 * Statements as actions. Each runs in a transaction of its own. One that writes commits a row with the id of the run in the same
 * transaction: so the server itself says later whether it was done.
 */
export function mysqlRuns(target: Target): Runs<MysqlAction> {
  return {
    preview: (order) => preview(target, order),
    ready: (order) => ready(target, order),
    settle: (order) => settleRun(target, order),
  }
}

/** Somebody holds a lock, or was in the way, or it took too long. */
const mayWorkLater = /LOCK|TIMEOUT|INTERRUPTED/

const sample = { rows: shownRows.rows, bytes: shownRows.bytes, isLast: false }

async function preview(target: Target, order: Order): Promise<RunPreview | null> {
  const { content, values } = order
  const { writes, statement, limits } = content
  if (!writes) return null
  const bound = boundStatement(statement, values)
  const shown = writes.show === undefined ? null : boundStatement(writes.show, values)
  const { client, id } = await beginRun(target, order)
  const stop = stopper(target, id, limits.seconds)
  try {
    const show = async () => shown && (await executeStatement(client, shown, sample)).output
    const before = await show()
    const { rows } = await executeStatement(client, bound, sample)
    const problem = countProblem(writes, rows, null)
    const after = problem === null ? await show() : null
    await stop.over()
    const isUndone = await undo(client)
    if (!isUndone) return { kind: 'problem', code: 'not_undone', message: notUndone }
    if (problem !== null)
      return { kind: 'problem', code: 'row_count', message: `${problem} Nothing was changed.` }
    return { kind: 'preview', rows, before, after }
  } catch (error) {
    if (!isServerError(error) || mayWorkLater.test(codeOf(error)))
      throw toConnectorError(error, target.resourceId)
    return { kind: 'problem', code: codeOf(error), message: said(error) }
  } finally {
    await stop.over()
    // The end of the connection undoes everything, whatever state it is in.
    client.destroy()
  }
}

async function ready(target: Target, order: Order): Promise<ReadyRun> {
  const bound = boundStatement(order.content.statement, order.values)
  const begun = await beginRun(target, order)
  return {
    mark: { run: order.runId, connection: begun.id },
    execute: (signal) => execute(target, order, begun, bound, signal).finally(() => begun.client.destroy()),
    abandon: async () => begun.client.destroy(),
  }
}

async function execute(
  target: Target,
  { content, previewedRows }: Order,
  { client, id }: RunTransaction,
  bound: BoundStatement,
  signal: AbortSignal,
): Promise<RunResult> {
  const { writes, limits } = content
  if (signal.aborted) return cancelled
  const stop = stopper(target, id, limits.seconds, signal)
  let isCommitting = false
  try {
    const { rows, output } = await executeStatement(client, bound, { ...limits, isLast: !writes })
    await stop.over()
    const reason = stop.reason()
    if (reason !== null) return undone(client, stopped[reason])
    const problem = writes
      ? countProblem(writes, rows, previewedRows)
      : output?.isCut
        ? null
        : await changedValue(client)
    if (problem !== null)
      return undone(client, {
        code: writes ? 'row_count' : 'value_changed',
        message: `${problem} It was undone.`,
      })
    if (writes) {
      isCommitting = true
      await sessionOf(client).query('commit')
    }
    return { kind: 'done', summary: rowsSummary(rows, writes !== undefined), rows, output }
  } catch (error) {
    await stop.over()
    const reason = stop.reason()
    if (!isServerError(error) || isCommitting) return broken
    return undone(client, reason === null ? { code: codeOf(error), message: said(error) } : stopped[reason])
  }
}

/** The transaction is undone, and the server says whether all of it is. */
async function undone(
  client: RunTransaction['client'],
  why: { readonly code: string; readonly message: string },
): Promise<RunResult> {
  try {
    if (await undo(client)) return { kind: 'undone', ...why }
    return { kind: 'unknown', code: 'not_undone', message: `${why.message} ${notUndone}` }
  } catch {
    // Without its connection the transaction ends, and was not committed.
    return { kind: 'undone', ...why }
  }
}

const cancelled = {
  kind: 'undone',
  code: 'cancelled',
  message: 'It was stopped, and the database undid it.',
} as const

const stopped = {
  cancelled: { code: cancelled.code, message: cancelled.message },
  time: { code: 'time', message: 'It took longer than its limit, and the database undid it.' },
} as const

const broken: RunResult = {
  kind: 'unknown',
  code: 'unreachable',
  message: 'The connection to the database broke.',
}

const notUndone =
  'The database could not undo all of it: a trigger or a function changed a table without transactions. Look at what it changed.'

/** What the server says of the statement. It may repeat the values, so it is not for the audit log. */
function said(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) }
  return `The database refused it, and nothing changed: ${message} [${codeOf(error)}]`
}
