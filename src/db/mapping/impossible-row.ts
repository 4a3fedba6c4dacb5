/** A row that this version cannot have written: a person changed it by hand, or a later version wrote it. */
export class ImpossibleRow extends Error {
  override readonly name = 'ImpossibleRow'

  constructor(table: string, id: string, problem: string) {
    super(
      `Row ${id} of table ${table} cannot be read: ${problem}. Compare it with the migrations and mend it by hand.`,
    )
  }
}

/** The value of a column that the status of the row requires. */
export function required<T>(value: T | null, table: string, id: string, column: string): T {
  if (value === null) throw new ImpossibleRow(table, id, `${column} is missing`)
  return value
}
