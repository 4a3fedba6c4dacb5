import { type ActionValues, valuesText } from '../../../domain/action.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import { countText } from '../../_shared/sql-action.ts'
import { firstWordOf, parametersOf, parseSqlTemplate, type SqlTemplate } from '../../_shared/sql-template.ts'
import { allowed, type PostgresAction } from './schema.ts'

/** The statement as it is sent, the values that are bound to it, and what else decides what it does. */
export function renderAction({ statement, runAs, writes }: PostgresAction, values: ActionValues): string {
  const template = templateOf(statement)
  const bound = valuesText(parametersOf(template), values)
  return [
    statement.trim(),
    ...(bound === '' ? [] : ['', bound]),
    '',
    `as ${runAs}, ${writes ? countText(writes) : 'read-only'}`,
  ].join('\n')
}

/** The text that is sent, with `$1` for each parameter, and the values to bind. */
export function boundStatement(
  statement: string,
  values: ActionValues,
): { readonly text: string; readonly values: string[] } {
  const template = templateOf(statement)
  const names = parametersOf(template)
  const [first = '', ...others] = template.texts
  const text = others.reduce(
    (sofar, part, at) => `${sofar}$${names.indexOf(template.places[at] ?? '') + 1}${part}`,
    first,
  )
  return { text, values: names.map((name) => boundValue(values, name)) }
}

function templateOf(statement: string): SqlTemplate {
  const template = parseSqlTemplate(statement, 'postgres')
  if (typeof template === 'string') throw new ConnectorError('misconfigured', template, { retryable: false })
  const first = firstWordOf(template)
  if (allowed.includes(first)) return template
  throw new ConnectorError('misconfigured', `A statement that begins with “${first}” is not run.`, {
    retryable: false,
  })
}

function boundValue(values: ActionValues, name: string): string {
  const value = values[name]
  if (value !== undefined) return value
  throw new ConnectorError('misconfigured', `The statement names :${name}, which has no value.`, {
    retryable: false,
  })
}
