import { z } from 'zod'
import type { Parameter } from '../../../domain/action.ts'
import { sqlActionProblems, sqlLimits, sqlStatement, sqlWrites } from '../../_shared/sql-action.ts'
import { preparedRoleNameProblem } from '../privileged-roles.ts'
import { identifierProblem } from '../quoting.ts'

const role = z.string().check((ctx) => {
  const problem = identifierProblem(ctx.value) ?? preparedRoleNameProblem(ctx.value)
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value })
})

/** The connector's own part of an action. */
export const actionSchema = z.strictObject({
  statement: sqlStatement.describe(
    'One statement: select, insert, update, delete, merge, with or values. Parameters as `:name`. Tables with their schema: public.orders',
  ),
  runAs: role.describe('The role that runs it, prepared by the DBAs. Daypass must be a member of it'),
  writes: sqlWrites,
  limits: sqlLimits,
})
export type PostgresAction = z.output<typeof actionSchema>

/** Nothing else is sent, whatever the catalog says: `prepare transaction` would outlive its transaction. */
export const allowed = ['select', 'insert', 'update', 'delete', 'merge', 'with', 'values']

/** What `check` finds. The database refuses the same and more. */
export function actionProblems(content: PostgresAction, parameters: readonly Parameter[]) {
  const language = { dialect: 'postgres', allowed, reading: ['select', 'with', 'values'] } as const
  return sqlActionProblems(language, content, parameters)
}
