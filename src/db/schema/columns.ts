import { Placeholder, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { customType, type PgColumn, timestamp } from 'drizzle-orm/pg-core'
import { jsonText } from '../text.ts'

/** A time in milliseconds, as in JavaScript, so that a value that is read equals the value that was written. */
export function instant(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
}

/** `jsonb` of any shape. `mapping/stored-json.ts` checks the shape of each column. */
export const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'jsonb',
  toDriver: jsonText,
})

/** For checks: the column has one of the domain's constants, so that they are not typed a second time. */
export function isOneOf(column: PgColumn, values: readonly string[]): SQL {
  const list = values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')
  return sql`${column} in (${sql.raw(list)})`
}

/** For queries: all values in one parameter, so that one prepared statement works for any number of them. */
export function isAnyOf(column: PgColumn, values: readonly string[] | Placeholder): SQL {
  return sql`${column} = any(${values instanceof Placeholder ? values : sql.param([...values])})`
}

/**
 * For queries that find few rows: the subquery runs first, and an index of the column finds its rows. `in (...)` leaves the order to
 * the planner, which knows no values when it plans a statement for all of them, and may then read whole tables.
 */
export function isAmong(column: PgColumn, subquery: SQLWrapper): SQL {
  return sql`${column} = any(array${subquery})`
}
