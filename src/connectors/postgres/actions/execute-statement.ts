import type pg from 'pg'
import Cursor from 'pg-cursor'
import type { RunOutput } from '../../../domain/connector.ts'
import type { StatementLimits } from '../../_shared/sql-action.ts'

export interface Executed {
  /** The rows that were changed, or given back. No further than `counted`. */
  readonly rows: number
  /** Null: the statement gives no rows back. */
  readonly output: RunOutput | null
}

type Row = (string | null)[]
type RowCursor = Cursor<Row>

const batch = 100

/**
 * Sends one statement with the extended protocol, so that Postgres refuses a list of statements and binds the values. Keeps no more than
 * the limits allow. Throws the error of the driver.
 */
export async function executeStatement(
  client: pg.ClientBase,
  { text, values }: { readonly text: string; readonly values: readonly string[] },
  limits: StatementLimits,
): Promise<Executed> {
  const cursor = client.query(new Cursor<Row>(text, [...values], { rowMode: 'array', types: asText }))
  const kept: Row[] = []
  let [count, bytes] = [0, 0]
  for (;;) {
    const { got, result } = await read(cursor, batch)
    for (const row of got) {
      count += 1
      bytes += row.reduce((sum, value) => sum + Buffer.byteLength(value ?? '') + 1, 0)
      if (kept.length < limits.rows && bytes <= limits.bytes) kept.push(row)
    }
    const isOver = got.length < batch
    const isEnough = count > (limits.counted ?? kept.length)
    if (!isOver && !isEnough) continue
    if (!isOver) await cursor.close()
    const columns = result.fields.map(({ name }) => name)
    // A statement that gives nothing back says itself how many rows it changed.
    if (columns.length === 0) return { rows: result.rowCount ?? 0, output: null }
    return { rows: count, output: { kind: 'table', columns, rows: kept, isCut: kept.length < count } }
  }
}

function read(cursor: RowCursor, most: number): Promise<{ got: Row[]; result: pg.QueryResult }> {
  return new Promise((resolve, reject) => {
    cursor.read(most, (error: Error | undefined | null, got, result) =>
      error ? reject(error) : resolve({ got, result }),
    )
  })
}

/** Values as Postgres writes them. */
const asText: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value }
