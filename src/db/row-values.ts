import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

/** Some columns of a table as placeholders of a prepared insert or update, and the values for them. */
export interface RowValues<Row extends object> {
  readonly names: readonly (keyof Row & string)[]
  /** For `values` or `set`. */
  readonly placeholders: { readonly [Key in keyof Row]-?: SQL }
  /** A column that the row leaves out becomes null. */
  of(row: Row): Record<keyof Row & string, unknown>
}

/** The values are encoded here, because drizzle's own placeholders encode null like any other value. */
export function rowValues<Table extends PgTable, Key extends keyof Table['$inferInsert'] & string>(
  table: Table,
  names: readonly Key[],
): RowValues<Pick<Table['$inferInsert'], Key>> {
  const columns = new Map(Object.entries(getTableColumns(table)))
  const encode = (name: Key, value: unknown): unknown =>
    value === null || value === undefined ? null : columns.get(name)?.mapToDriverValue(value)
  return {
    names,
    placeholders: Object.fromEntries(names.map((name) => [name, sql`${sql.placeholder(name)}`])) as never,
    of: (row) => Object.fromEntries(names.map((name) => [name, encode(name, row[name])])) as never,
  }
}
