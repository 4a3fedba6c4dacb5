import type { ActionValues } from '../../../domain/action.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import { parameterOf, valueIn } from '../../_shared/parameter-place.ts'
import { sortedKeys } from '../../_shared/sorted-keys.ts'
import { numberParameterOf, withParameters } from './places.ts'
import type { AwsAction, CommandContent, FunctionContent } from './schema.ts'

/**
 * The parameters of the document. A document puts them into a script as text, and AWS replaces `{{ssm:…}}` in them, so that a value has
 * only characters which are no code in a shell: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-ssm-docs.html
 * Throws `misconfigured` with the name of the field.
 */
export function commandParameters(
  { parameters }: CommandContent,
  values: ActionValues,
): Record<string, string[]> {
  const filled = Object.entries(parameters).map(([name, entries]) => [
    name,
    entries.map((entry) => {
      const parameter = parameterOf(entry)
      return parameter === null ? entry : plainValue(parameter, given(values, parameter))
    }),
  ])
  return Object.fromEntries(filled)
}

/** The event that the function gets. Values are put in as values of JSON. Throws `misconfigured` with the name of the field. */
export function payloadOf({ payload }: FunctionContent, values: ActionValues): unknown {
  return withParameters(payload, (written) => {
    const ofNumber = numberParameterOf(written)
    if (ofNumber === null) return given(values, parameterOf(written) ?? '')
    const value = given(values, ofNumber)
    if (value === String(Number(value))) return Number(value)
    throw unfit(ofNumber, 'has more digits than a number of JSON keeps.')
  })
}

/** What will be done, for people. The same content and values give the same text. */
export function renderAction({ command, function: called, limits }: AwsAction, values: ActionValues): string {
  const during = `for ${limits.seconds} seconds at the most`
  if (command) {
    const { document, version, sha256, instances, tag, parameters } = command
    const where = tag
      ? `every instance with the tag ${JSON.stringify(tag.key)} = ${JSON.stringify(tag.value)} that answers, ${tag.most} at the most`
      : (instances ?? []).toSorted().join(', ')
    const hash = sha256 === undefined ? '' : ` (SHA-256 ${sha256})`
    const filled = withParameters(parameters, (written) => shown(values, parameterOf(written) ?? ''))
    return `run the document ${document}, version ${version}${hash}, ${during}\non ${where}\n${inText(filled)}`
  }
  const payload = withParameters(called?.payload ?? {}, (written) => {
    const ofNumber = numberParameterOf(written)
    if (ofNumber === null) return shown(values, parameterOf(written) ?? '')
    return Number(shown(values, ofNumber))
  })
  return `call the function ${called?.name}, version ${called?.version}, ${during}\n${inText(payload)}`
}

function inText(value: unknown): string {
  return JSON.stringify(sortedKeys(value), null, 1)
}

function shown(values: ActionValues, parameter: string): string {
  return valueIn(values, parameter) ?? ''
}

function given(values: ActionValues, parameter: string): string {
  const value = valueIn(values, parameter)
  if (value !== null) return value
  throw unfit(parameter, 'has no value.')
}

function plainValue(parameter: string, value: string): string {
  if (value.startsWith('-'))
    throw unfit(parameter, 'begins with “-”, so a program would take it for an option.')
  if (/^[A-Za-z0-9._/:@,+=-]+$/.test(value)) return value
  throw unfit(
    parameter,
    'holds a character that a document could take for code: letters, digits and . _ - / : @ , + = alone.',
  )
}

function unfit(parameter: string, problem: string): ConnectorError {
  return new ConnectorError('misconfigured', `${parameter} ${problem}`, { retryable: false })
}
