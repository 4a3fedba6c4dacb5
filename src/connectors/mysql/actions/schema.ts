import { z } from 'zod'
import type { Parameter } from '../../../domain/action.ts'
import { sqlActionProblems, sqlLimits, sqlStatement, sqlWrites } from '../../_shared/sql-action.ts'

/** The connector's own part of an action. */
export const actionSchema = z.strictObject({
  statement: sqlStatement.describe(
    'One statement: select, insert, update, delete, replace, with or values. Parameters as `:name`. Tables with their database: shop.orders',
  ),
  runAs: z
    .string()
    .min(1)
    .max(80)
    .describe('The account that runs it, by its name under `runAccounts` of the connector'),
  writes: sqlWrites,
  limits: sqlLimits,
})
export type MysqlAction = z.output<typeof actionSchema>

/** Nothing else is sent, whatever the catalog says: many other statements commit what was done before them. */
export const allowed = ['select', 'insert', 'update', 'delete', 'replace', 'with', 'values']

/** What `check` finds. The server refuses the same and more. */
export function actionProblems(content: MysqlAction, parameters: readonly Parameter[]) {
  const language = { dialect: 'mysql', allowed, reading: ['select', 'with', 'values'] } as const
  return sqlActionProblems(language, content, parameters)
}
