import { randomUUID } from 'node:crypto'
import { ConnectorError } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { Target } from '../target.ts'
import { beginRun, runTable } from './run-connection.ts'
import type { MysqlAction } from './schema.ts'

/** Whether each account that runs an action could begin one now. What it begins is undone. */
export async function runProblems(
  target: Target,
  actions: ReadonlyMap<string, MysqlAction>,
): Promise<Problem[]> {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [id, content] of actions) {
    const key = `${content.runAs} ${content.writes !== undefined}`
    if (seen.has(key)) continue
    seen.add(key)
    const problem = await problemOf(target, content)
    if (problem) problems.push({ what: `${id}: ${problem}`, remedy: 'Do as it says, then check again.' })
  }
  return problems
}

async function problemOf(target: Target, content: MysqlAction): Promise<string | null> {
  try {
    const { client } = await beginRun(target, { runId: randomUUID(), content })
    client.destroy()
    if (!content.writes) return null
    const table = runTable(target.settings, target.resourceId)
    // Without these nobody could say what became of a run.
    await target.operation((session) => session.query(`select id from ${table} limit 0`))
    await target.operation((session) =>
      session.query(`insert into ${table} (id, outcome) select '', 'undone' from dual where false`),
    )
    return null
  } catch (error) {
    if (error instanceof ConnectorError) return error.message
    throw error
  }
}
