import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Prepared } from './queries.ts'
import { jsonText } from './text.ts'

/**
 * Updates any number of rows by their id, each with its own values. Columns that a row leaves out do not change. This is one
 * prepared statement with one parameter. The SQL is made by hand, because drizzle sets all rows to the same values.
 */
export function updateAll<Table extends PgTable>(
  table: Table,
): Prepared<{ rows: readonly (Partial<Table['$inferInsert']> & { id: string })[] }, unknown> {
  const columns = Object.entries(getTableColumns(table)).filter(
    ([key, { generated }]) => key !== 'id' && !generated,
  )
  const name = getTableName(table)
  const values = columns.map(([, column]) => `"${column.name}" = after."${column.name}"`).join(', ')
  const text = `update "${name}" as target set ${values}
    from jsonb_array_elements($1::jsonb) as change
    join "${name}" as before on before.id = (change ->> 'id')::uuid
    cross join lateral jsonb_populate_record(before, change) as after
    where target.id = before.id`
  return async (send, { rows }) => {
    const changes = rows.map(({ id, ...row }) => {
      const given = new Map<string, unknown>(Object.entries(row))
      const named = columns.flatMap(([key, column]) =>
        given.has(key) ? [[column.name, given.get(key)]] : [],
      )
      return { id, ...Object.fromEntries(named) }
    })
    return send(text, [jsonText(changes)], 'execute')
  }
}
