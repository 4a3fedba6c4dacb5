import type { RunOrder, RunResult } from '../../../domain/connector.ts'
import { codeOf } from '../errors.ts'
import type { Session, Target } from '../target.ts'
import { lockName, runTable } from './run-connection.ts'
import type { MysqlAction } from './schema.ts'

/**
 * Ends the connection of the run, and takes its place in the table of runs. Where that succeeds, its transaction can never be committed
 * any more, because it has the same row. Where the row is there, the run was committed with it.
 */
export function settleRun(target: Target, { runId, content }: RunOrder<MysqlAction>): Promise<RunResult> {
  return target.operation(async (session) => {
    const [holder] = await session.query<{ id: number | null }>('select is_used_lock(?) as id', [
      lockName(runId),
    ])
    if (holder && holder.id !== null)
      await session.attempt(`kill ${Number(holder.id)}`, ['ER_NO_SUCH_THREAD'])
    if (!content.writes) return { kind: 'undone', code: 'interrupted', message: onlyRead }
    const table = runTable(target.settings, target.resourceId)
    if (await takePlace(session, table, runId)) return interrupted
    const [row] = await session.query<{ outcome: string }>(`select outcome from ${table} where id = ?`, [
      runId,
    ])
    if (row?.outcome === 'done') return { kind: 'done', summary: committed, rows: null, output: null }
    return interrupted
  })
}

/** Waits for a transaction that is being ended. False: there is a row already. */
async function takePlace(session: Session, table: string, runId: string): Promise<boolean> {
  try {
    await session.query(`insert into ${table} (id, outcome) values (?, 'undone')`, [runId])
    return true
  } catch (error) {
    if (codeOf(error) === 'ER_DUP_ENTRY') return false
    throw error
  }
}

const onlyRead = 'It was interrupted. It only reads, so nothing changed.'
const interrupted: RunResult = {
  kind: 'undone',
  code: 'interrupted',
  message: 'It was interrupted, and the database undid it: nothing changed.',
}
const committed =
  'It was run: the database has it. The process that ran it was interrupted, so its output is lost.'
