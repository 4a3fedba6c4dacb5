import type { Connection } from 'mysql2'
import { sessionOf } from './run-connection.ts'

interface Warning {
  readonly Code: number
  readonly Message: string
}

/** https://mariadb.com/kb/en/mariadb-error-code-reference/: a table without transactions keeps what was changed. */
const notUndone = 1196

/** Undoes the transaction. False: the server says that something of it stays. */
export async function undo(client: Connection): Promise<boolean> {
  const { query } = sessionOf(client)
  await query('rollback')
  return !(await query<Warning>('show warnings')).some(({ Code }) => Number(Code) === notUndone)
}

/** Out of range, truncated, not of the type. In a statement that writes most of them are errors. */
const changed = [1264, 1265, 1292, 1366]

/** Whether the server took a value for another one, such as `1x` for a number, as a sentence. Null: it did not. */
export async function changedValue(client: Connection): Promise<string | null> {
  const warnings = await sessionOf(client).query<Warning>('show warnings')
  const found = warnings.find(({ Code }) => changed.includes(Number(Code)))
  return found ? `The server would have taken a value for another one: ${found.Message}.` : null
}
