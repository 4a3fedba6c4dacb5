import type { ActionValues } from '../../domain/action.ts'

/** The parameter that this text of a template is, as a whole: `:order`. Null: it is none. */
export function parameterOf(value: unknown): string | null {
  return typeof value === 'string' ? (/^:([a-z][a-z0-9_]{0,39})$/.exec(value)?.[1] ?? null) : null
}

/** The value of a parameter. Null: there is none. */
export function valueIn(values: ActionValues, parameter: string): string | null {
  return Object.hasOwn(values, parameter) ? (values[parameter] ?? null) : null
}
