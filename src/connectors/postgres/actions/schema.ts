import { z } from 'zod'
import type { Parameter } from '../../../domain/action.ts'
import { firstWordOf, parametersOf, parseSqlTemplate } from '../../_shared/sql-template.ts'
import { preparedRoleNameProblem } from '../privileged-roles.ts'
import { identifierProblem } from '../quoting.ts'

const role = z.string().check((ctx) => {
  const problem = identifierProblem(ctx.value) ?? preparedRoleNameProblem(ctx.value)
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value })
})
const statement = z.string().trim().min(1).max(2000)

/** The connector's own part of an action. */
export const actionSchema = z.strictObject({
  statement: statement.describe(
    'One statement: select, insert, update, delete, merge, with or values. Parameters as `:name`. Tables with their schema: public.orders',
  ),
  runAs: role.describe('The role that runs it, prepared by the DBAs. Daypass must be a member of it'),
  writes: z
    .strictObject({
      rows: z.int().min(0).max(1_000_000).optional().describe('It changes exactly so many rows'),
      upTo: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('It changes one row at least and so many at most'),
      show: statement
        .optional()
        .describe('A select with the same parameters: its first rows are shown before and after the change'),
    })
    .refine(({ rows, upTo }) => (rows === undefined) !== (upTo === undefined), {
      message: 'expected `rows` (exactly so many) or `upTo` (so many at most)',
    })
    .optional()
    .describe('It changes rows. Absent: it only reads, in a read-only transaction'),
  limits: z
    .strictObject({
      rows: z.int().min(1).max(10_000).default(1000).describe('Most rows of the output'),
      bytes: z.int().min(1).max(5_000_000).default(500_000).describe('Most bytes of the output'),
      seconds: z.int().min(1).max(45).default(30).describe('Longest time'),
    })
    .prefault({})
    .describe('Its limits. An output that reaches one is cut'),
})
export type PostgresAction = z.output<typeof actionSchema>

/** Nothing else is sent, whatever the catalog says: `prepare transaction` would outlive its transaction. */
export const allowed = ['select', 'insert', 'update', 'delete', 'merge', 'with', 'values']

/** What `check` finds. The database refuses the same and more. */
export function actionProblems(content: PostgresAction, parameters: readonly Parameter[]) {
  return [
    ...statementProblems('statement', content.statement, allowed, parameters),
    ...(content.writes?.show === undefined
      ? []
      : statementProblems('writes', content.writes.show, ['select', 'with', 'values'], parameters)),
    ...unused(content, parameters),
  ]
}

function statementProblems(
  key: string,
  statement: string,
  words: readonly string[],
  parameters: readonly Parameter[],
) {
  const template = parseSqlTemplate(statement, 'postgres')
  if (typeof template === 'string') return [{ key, what: template, remedy: oneStatement }]
  const first = firstWordOf(template)
  const known = parameters.map(({ name }) => name)
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

const oneStatement = 'Write one whole statement, as psql would take it.'

function unused({ statement, writes }: PostgresAction, parameters: readonly Parameter[]) {
  const named = [statement, writes?.show ?? ''].flatMap((text) => {
    const template = parseSqlTemplate(text, 'postgres')
    return typeof template === 'string' ? [] : template.places
  })
  return parameters
    .filter(({ name }) => !named.includes(name))
    .map(({ name }) => ({
      key: 'parameters',
      what: `The statement does not name the parameter \`:${name}\`.`,
      remedy: 'Use it in the statement, or remove it: people would approve a value that does nothing.',
    }))
}
