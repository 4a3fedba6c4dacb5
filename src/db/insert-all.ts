import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Prepared } from './queries.ts'
import { jsonText } from './text.ts'

/**
 * Inserts any number of rows in their order; columns with a default or a generated value get it. This is one prepared statement
 * with one parameter, while drizzle's `values` makes a different statement for each number of rows. The SQL is made by hand from
 * the schema's columns, because drizzle has no `jsonb_to_recordset`.
 */
export function insertAll<Table extends PgTable>(table: Table): Prepared<Rows<Table>, unknown> {
  const { text, parameter } = insertion(table, '$1')
  return async (send, { rows }) => send(text, [parameter(rows)], 'execute')
}

/** The same for two tables that do not refer to each other, in one statement. Either may get no row. */
export function insertBoth<One extends PgTable, Other extends PgTable>(
  one: One,
  other: Other,
): Prepared<{ one: Rows<One>['rows']; other: Rows<Other>['rows'] }, unknown> {
  const first = insertion(one, '$1')
  const second = insertion(other, '$2')
  const text = `with first as (${first.text}) ${second.text}`
  return async (send, rows) =>
    send(text, [first.parameter(rows.one), second.parameter(rows.other)], 'execute')
}

interface Rows<Table extends PgTable> {
  readonly rows: readonly Table['$inferInsert'][]
}

function insertion(table: PgTable, placeholder: string) {
  const columns = Object.entries(getTableColumns(table)).filter(
    ([, column]) => !column.hasDefault && !column.generated,
  )
  const names = columns.map(([, column]) => `"${column.name}"`).join(', ')
  const types = columns.map(([, column]) => `"${column.name}" ${column.getSQLType()}`).join(', ')
  return {
    text: `insert into "${getTableName(table)}" (${names})
    select ${names} from jsonb_to_recordset(${placeholder}::jsonb) as record (${types}, position integer) order by position`,
    parameter: (rows: readonly object[]): string =>
      jsonText(
        rows.map((row, position) => {
          const values = new Map(Object.entries(row))
          return {
            position,
            ...Object.fromEntries(columns.map(([key, { name }]) => [name, values.get(key)])),
          }
        }),
      ),
  }
}
