import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Prepared } from './queries.ts'
import { jsonText } from './text.ts'

/**
 * Inserts any number of rows in their order; columns with a default or a generated value get it. This is one prepared statement
 * with one parameter, while drizzle's `values` makes a different statement for each number of rows. The SQL is made by hand from
 * the schema's columns, because drizzle has no `jsonb_to_recordset`.
 */
export function insertAll<Table extends PgTable>(
  table: Table,
): Prepared<{ rows: readonly Table['$inferInsert'][] }, unknown> {
  const columns = Object.entries(getTableColumns(table)).filter(
    ([, column]) => !column.hasDefault && !column.generated,
  )
  const names = columns.map(([, column]) => `"${column.name}"`).join(', ')
  const types = columns.map(([, column]) => `"${column.name}" ${column.getSQLType()}`).join(', ')
  const text = `insert into "${getTableName(table)}" (${names})
    select ${names} from jsonb_to_recordset($1::jsonb) as record (${types}, position integer) order by position`
  return async (send, { rows }) => {
    const records = rows.map((row, position) => {
      const values = new Map(Object.entries(row))
      return { position, ...Object.fromEntries(columns.map(([key, { name }]) => [name, values.get(key)])) }
    })
    return send(text, [jsonText(records)], 'execute')
  }
}
