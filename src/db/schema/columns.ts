import { Placeholder, type SQL, sql } from 'drizzle-orm'
import { customType, type PgColumn, timestamp } from 'drizzle-orm/pg-core'
import { jsonText } from '../text.ts'

/** An instant to the millisecond, as JavaScript has it: what was written is what is read, and compares equal. */
export function instant(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
}

/** `jsonb` of any shape; who reads it checks the shape (`mapping/stored-json.ts`). */
export const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => 'jsonb',
  toDriver: jsonText,
})

/** For checks: the column holds one of the domain's constants. They are not typed a second time. */
export function isOneOf(column: PgColumn, values: readonly string[]): SQL {
  const list = values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')
  return sql`${column} in (${sql.raw(list)})`
}

/** For queries: any number of values in one parameter, so that one prepared statement serves them all. */
export function isAnyOf(column: PgColumn, values: readonly string[] | Placeholder): SQL {
  return sql`${column} = any(${values instanceof Placeholder ? values : sql.param([...values])})`
}
