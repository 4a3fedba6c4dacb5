import { parameterOf } from '../../_shared/parameter-place.ts'

/** The parameter that this text is, as a number of JSON: `:order:number`. Null: it is none. */
export function numberParameterOf(text: unknown): string | null {
  return typeof text === 'string' ? (/^:([a-z][a-z0-9_]{0,39}):number$/.exec(text)?.[1] ?? null) : null
}

/** The template with a value in place of each text that is a parameter. Keys stay, and no value is joined to a text. */
export function withParameters(template: unknown, valueFor: (written: string) => unknown): unknown {
  if (Array.isArray(template)) return template.map((one) => withParameters(one, valueFor))
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(
      Object.entries(template).map(([key, one]) => [key, withParameters(one, valueFor)]),
    )
  const isPlace =
    typeof template === 'string' && (parameterOf(template) !== null || numberParameterOf(template) !== null)
  return isPlace ? valueFor(template) : template
}

/** The texts of the template that are parameters. */
export function placesOf(template: unknown): string[] {
  const found: string[] = []
  withParameters(template, (written) => {
    found.push(written)
    return written
  })
  return found
}
