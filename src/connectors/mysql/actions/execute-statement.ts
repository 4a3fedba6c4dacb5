import type { Connection } from 'mysql2'
import type { RunOutput } from '../../../domain/connector.ts'
import type { BoundStatement } from './render.ts'

export interface Executed {
  /** The rows that were found for a change, or given back. */
  readonly rows: number
  /** Null: the statement gives no rows back. */
  readonly output: RunOutput | null
}

interface Limits {
  /** Most rows and bytes of the output. */
  readonly rows: number
  readonly bytes: number
  /** Nothing follows: where the output is cut, the connection is closed, because the server may have much more. */
  readonly isLast: boolean
}

interface Field {
  readonly name: string
  readonly columnType?: number
}

/**
 * Sends one statement as a prepared one, so that the server refuses a list of statements and binds the values. Keeps no more than the
 * limits allow. Rejects with the error of the driver.
 */
export function executeStatement(
  client: Connection,
  { text, values }: BoundStatement,
  limits: Limits,
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const kept: (string | null)[][] = []
    let [fields, count, bytes, affected]: [readonly Field[] | null, number, number, number] = [null, 0, 0, 0]
    const finish = () => {
      const columns = fields?.map(({ name }) => name)
      if (!columns) return resolve({ rows: affected, output: null })
      const output: RunOutput = { kind: 'table', columns, rows: kept, isCut: kept.length < count }
      resolve({ rows: count, output })
    }
    const broken = (error: Error) => reject(error)
    client.once('error', broken)
    const query = client.execute({ sql: text, values: [...values], rowsAsArray: true })
    query.on('error', reject)
    query.on('fields', (found: readonly Field[] | undefined) => {
      fields = found ?? null
    })
    query.on('result', (row: readonly unknown[] | { readonly affectedRows: number }) => {
      if (!Array.isArray(row)) {
        affected = 'affectedRows' in row ? row.affectedRows : 0
        return
      }
      const shown = row.map((value, at) => shownValue(value, fields?.[at]))
      count += 1
      bytes += shown.reduce((sum, value) => sum + Buffer.byteLength(value ?? '') + 1, 0)
      if (kept.length < limits.rows && bytes <= limits.bytes) kept.push(shown)
      if (limits.isLast && count > kept.length) {
        client.destroy()
        finish()
      }
    })
    query.on('end', () => {
      client.removeListener('error', broken)
      finish()
    })
  })
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const float = 4

/** A value as the server would write it. Bytes are shown as `0x…`. */
function shownValue(value: unknown, field: Field | undefined): string | null {
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex').toUpperCase()}`
  if (typeof value === 'number')
    return String(field?.columnType === float ? Number(value.toPrecision(6)) : value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
