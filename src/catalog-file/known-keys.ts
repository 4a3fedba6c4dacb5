import { z } from 'zod'
import { likelyMeant } from '../domain/likely-meant.ts'
import type { Path } from './yaml-source.ts'

/** The keys that a schema knows at a path; empty where it takes any. */
export function knownKeys(schema: unknown, path: Path): string[] {
  return [
    ...new Set(
      schemasAt(schema, path).flatMap((found) =>
        found instanceof z.ZodObject ? Object.keys(found.shape) : [],
      ),
    ),
  ]
}

/** “Did you mean …?”, or the list of what could be meant. */
export function suggest(typed: string, known: readonly string[]): string {
  if (known.length === 0) return 'Leave it out.'
  const [nearest] = likelyMeant(typed, known)
  if (nearest !== undefined) return `Did you mean \`${nearest}\`?`
  return `Known here: ${known.map((key) => `\`${key}\``).join(', ')}.`
}

function schemasAt(schema: unknown, path: Path): unknown[] {
  const [step, ...rest] = path
  return unwrap(schema).flatMap((found) => {
    if (step === undefined) return [found]
    if (found instanceof z.ZodObject) {
      return Object.hasOwn(found.shape, step) ? schemasAt(found.shape[String(step)], rest) : []
    }
    if (found instanceof z.ZodArray) return schemasAt(found.element, rest)
    if (found instanceof z.ZodRecord) return schemasAt(found.valueType, rest)
    return []
  })
}

/** The schema of the file itself, without defaults, transformations and unions. */
function unwrap(schema: unknown): unknown[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap)
  if (schema instanceof z.ZodPipe) return unwrap(schema.in)
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.unwrap())
  }
  return [schema]
}
