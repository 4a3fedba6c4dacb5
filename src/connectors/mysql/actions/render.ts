import { type ActionValues, valuesText } from '../../../domain/action.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import { countText } from '../../_shared/sql-action.ts'
import { firstWordOf, parametersOf, parseSqlTemplate, type SqlTemplate } from '../../_shared/sql-template.ts'
import { allowed, type MysqlAction } from './schema.ts'

/** The statement as it is sent, the values that are bound to it, and what else decides what it does. */
export function renderAction({ statement, runAs, writes }: MysqlAction, values: ActionValues): string {
  const bound = valuesText(parametersOf(templateOf(statement)), values)
  return [
    statement.trim(),
    ...(bound === '' ? [] : ['', bound]),
    '',
    `as ${runAs}, ${writes ? countText(writes) : 'read-only'}`,
  ].join('\n')
}

/** A statement with `?` for each parameter, and the values to bind. */
export interface BoundStatement {
  readonly text: string
  readonly values: readonly string[]
}

export function boundStatement(statement: string, values: ActionValues): BoundStatement {
  const { texts, places } = templateOf(statement)
  return { text: texts.join('?'), values: places.map((name) => boundValue(values, name)) }
}

function templateOf(statement: string): SqlTemplate {
  const template = parseSqlTemplate(statement, 'mysql')
  if (typeof template === 'string') throw new ConnectorError('misconfigured', template, { retryable: false })
  const first = firstWordOf(template)
  if (allowed.includes(first)) return template
  const message = `A statement that begins with “${first}” is not run.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function boundValue(values: ActionValues, name: string): string {
  const value = values[name]
  if (value !== undefined) return value
  const message = `The statement names :${name}, which has no value.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}
