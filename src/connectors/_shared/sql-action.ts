import { z } from 'zod'
import type { Parameter } from '../../domain/action.ts'
import { firstWordOf, parametersOf, parseSqlTemplate } from './sql-template.ts'

/** One statement of the catalog. */
export const sqlStatement = z.string().trim().min(1).max(2000)

/** How many rows an action changes. Absent: it only reads. */
export const sqlWrites = z
  .strictObject({
    rows: z.int().min(0).max(1_000_000).optional().describe('It changes exactly so many rows'),
    upTo: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('It changes one row at least and so many at most'),
    show: sqlStatement
      .optional()
      .describe('A select with the same parameters: its first rows are shown before and after the change'),
  })
  .refine(({ rows, upTo }) => (rows === undefined) !== (upTo === undefined), {
    message: 'expected `rows` (exactly so many) or `upTo` (so many at most)',
  })
  .optional()
  .describe('It changes rows. Absent: it only reads, in a read-only transaction')
export type SqlWrites = NonNullable<z.output<typeof sqlWrites>>

export const sqlLimits = z
  .strictObject({
    rows: z.int().min(1).max(10_000).default(1000).describe('Most rows of the output'),
    bytes: z.int().min(1).max(5_000_000).default(500_000).describe('Most bytes of the output'),
    seconds: z.int().min(1).max(45).default(30).describe('Longest time'),
  })
  .prefault({})
  .describe('Its limits. An output that reaches one is cut')

/** The rows that a preview shows of the state before and after. */
export const shownRows = { rows: 5, bytes: 3_000, counted: null }

export interface StatementLimits {
  /** Most rows and bytes of the output. */
  readonly rows: number
  readonly bytes: number
  /** Rows are counted so far, also those that are not kept. Null: the rest is not read. */
  readonly counted: number | null
}

/** For people: how many rows it changes. */
export function countText({ rows, upTo }: SqlWrites): string {
  return rows === undefined
    ? `changes 1 to ${upTo} rows`
    : `changes exactly ${rows} ${rows === 1 ? 'row' : 'rows'}`
}

/** More rows than the action may change are not counted. */
export function mostRows({ rows, upTo }: SqlWrites): number {
  return rows ?? upTo ?? 0
}

/** Why so many rows must not be changed. Null: they may be. `previewed`: how many the approved preview changed. */
export function countProblem(writes: SqlWrites, rows: number, previewed: number | null): string | null {
  const { rows: exactly, upTo = 0 } = writes
  const most = mostRows(writes)
  const changed =
    rows > most && rows > 100 ? `more than ${most} rows` : `${rows} ${rows === 1 ? 'row' : 'rows'}`
  const fits = exactly === undefined ? rows >= 1 && rows <= upTo : rows === exactly
  if (!fits) return `It would have changed ${changed}, and this action ${countText(writes)}.`
  if (previewed === null || rows === previewed) return null
  return `It would have changed ${changed}, and the preview that was approved changed ${previewed}.`
}

/** What the run did, as a sentence for people. */
export function rowsSummary(rows: number, writes: boolean): string {
  const count = `${rows} ${rows === 1 ? 'row' : 'rows'}`
  return writes ? `It changed ${count}.` : `It read ${count}.`
}

interface Language {
  readonly dialect: 'postgres' | 'mysql'
  /** How a statement may begin. Nothing else is sent, whatever the catalog says. */
  readonly allowed: readonly string[]
  /** How one that shows rows may begin. */
  readonly reading: readonly string[]
}

/** What `check` finds. The database refuses the same and more. */
export function sqlActionProblems(
  { dialect, allowed, reading }: Language,
  { statement, writes }: { readonly statement: string; readonly writes?: SqlWrites | undefined },
  parameters: readonly Parameter[],
) {
  const known = parameters.map(({ name }) => name)
  const problemsOf = (key: string, text: string, words: readonly string[]) => {
    const template = parseSqlTemplate(text, dialect)
    if (typeof template === 'string') return [{ key, what: template, remedy: oneStatement }]
    const first = firstWordOf(template)
    return [
      ...(words.includes(first)
        ? []
        : [
            {
              key,
              what: `A statement that begins with \`${first}\` is not run.`,
              remedy: `Begin it with ${words.join(', ')}.`,
            },
          ]),
      ...parametersOf(template)
        .filter((name) => !known.includes(name))
        .map((name) => ({
          key,
          what: `It names \`:${name}\`, which is no parameter.`,
          remedy: `Add \`${name}\` to \`parameters\`, or correct the name.`,
        })),
    ]
  }
  const named = [statement, writes?.show ?? ''].flatMap((text) => {
    const template = parseSqlTemplate(text, dialect)
    return typeof template === 'string' ? [] : template.places
  })
  return [
    ...problemsOf('statement', statement, allowed),
    ...(writes?.show === undefined ? [] : problemsOf('writes', writes.show, reading)),
    ...parameters
      .filter(({ name }) => !named.includes(name))
      .map(({ name }) => ({
        key: 'parameters',
        what: `The statement does not name the parameter \`:${name}\`.`,
        remedy: 'Use it in the statement, or remove it: people would approve a value that does nothing.',
      })),
  ]
}

const oneStatement = 'Write one whole statement, as the shell of the database would take it.'
