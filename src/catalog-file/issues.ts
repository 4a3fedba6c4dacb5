import type { z } from 'zod'
import { asSentence, type FileProblem } from '../domain/file-problem.ts'
import { knownKeys, suggest } from './known-keys.ts'
import { entriesOf, property } from './plain.ts'
import { repeatsSecret } from './secrets.ts'
import type { Path, Secret, YamlSource } from './yaml-source.ts'

type Issue = z.core.$ZodIssue

/** The merge key of YAML 1.1. It is refused, because merged values have no line of their own to report. */
export const mergeKey = '<<'

/** Reads the value at a path of the file through a schema. Each problem names file and line. */
export function check<T extends z.ZodType>(
  schema: T,
  value: unknown,
  at: { source: YamlSource; path: Path; problems: FileProblem[] },
): z.output<T> | null {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    at.problems.push(...problemsOf(issue, { ...at, schema, value }))
  }
  return null
}

interface Where {
  readonly source: YamlSource
  /** The place of `value` and `schema` in the file. */
  readonly path: Path
  readonly schema: z.ZodType
  readonly value: unknown
}

function problemsOf(issue: Issue, where: Where): FileProblem[] {
  const { source } = where
  const path = [...where.path, ...issue.path]
  if (source.isBroken(path)) return []
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(where.schema, issue.path)
    return issue.keys.map((key) => unknownKey(source, [...path, key], known))
  }
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => distance(a) - distance(b))[0] ?? []
    const within = nearest.flatMap((inner) =>
      problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, where),
    )
    if (within.length > 0) return within
  }
  const { what, remedy } = describe(issue, path, where)
  const part = issue.code === 'invalid_key' ? 'key' : 'value'
  return [source.problemAt(path, ...withoutSecrets(what, remedy, source.secretsAt(path)), part)]
}

/** How far a value is from one alternative: far when it is of another type, otherwise the number of its problems. */
function distance(problems: readonly Issue[]): number {
  const isOtherType = problems.some(({ code, path }) => code === 'invalid_type' && path.length === 0)
  return problems.length + (isOtherType ? 1_000 : 0)
}

/** The keys of a value that the schema does not know. */
export function unknownKeys(
  source: YamlSource,
  path: Path,
  value: unknown,
  known: readonly string[],
): FileProblem[] {
  const keys = entriesOf(value).map(([key]) => key)
  return keys.filter((key) => !known.includes(key)).map((key) => unknownKey(source, [...path, key], known))
}

function unknownKey(source: YamlSource, path: Path, known: readonly string[]): FileProblem {
  const key = String(path.at(-1))
  const remedy = key === mergeKey ? 'Merge keys are not read: write the keys out.' : suggest(key, known)
  return source.problemAt(path, `Unknown key \`${key}\`.`, remedy, 'key')
}

export function idProblem(source: YamlSource, path: Path): FileProblem {
  if (path.at(-1) === mergeKey) return unknownKey(source, path, [])
  const what = `\`${String(path.at(-1))}\` cannot be an id.`
  const remedy =
    'Write up to 63 small letters, digits and hyphens, beginning with a letter or digit: `orders-db`.'
  return source.problemAt(path, what, remedy, 'key')
}

function describe(issue: Issue, path: Path, where: Where): { what: string; remedy: string } {
  const name = nameOf(path)
  const value = issue.path.reduce<unknown>(property, where.value)
  const [what = '', remedy = 'See docs/catalog.md.'] = issue.message.split('\n')
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return { what: `${name} is missing.`, remedy: 'Add it: docs/catalog.md says what it means.' }
  }
  if (issue.message.includes('\n')) return { what: `${name}: ${what}`, remedy }
  switch (issue.code) {
    case 'invalid_type':
      return {
        what: `${name} is ${kindOf(value)}.`,
        remedy: `Write ${words[issue.expected] ?? issue.expected}.`,
      }
    case 'invalid_value': {
      const values = issue.values.map((one) => `\`${String(one)}\``).join(', ')
      return { what: `${name} has a value that is not known.`, remedy: `Write one of: ${values}.` }
    }
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : ''
      // Zod's own wording where the schema has none of its own.
      if (/^Too (small|big)/.test(what)) {
        return { what: `${name} is out of bounds.`, remedy: `Write ${bound}${unit}.` }
      }
      return { what: `${name}: ${asSentence(what)}`, remedy: `Write ${bound}${unit}.` }
    }
    default:
      return { what: `${name}: ${asSentence(what)}`, remedy }
  }
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'keys with their values',
  record: 'keys with their values',
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'not a whole number'
  return typeof value === 'object' ? 'a group of keys' : typeof value === 'boolean' ? 'true or false' : 'text'
}

function nameOf(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'The catalog'
  return typeof last === 'number' ? `Item ${last + 1} of \`${String(path.at(-2))}\`` : `\`${String(last)}\``
}

/** A connector's message may repeat what it was given. Where that came from the environment, the message is dropped. */
function withoutSecrets(what: string, remedy: string, secrets: readonly Secret[]): [string, string] {
  if (!secrets.some(({ value }) => repeatsSecret(`${what} ${remedy}`, value))) return [what, remedy]
  const names = [...new Set(secrets.flatMap((secret) => secret.names))].join(', ')
  return [
    `The value of ${names} cannot be used here.`,
    'Check the variable: docs/catalog.md says what belongs here. (Its value is not shown.)',
  ]
}
