import type { ActionValues } from '../../../domain/action.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import { parameterOf, valueIn } from '../../_shared/parameter-place.ts'
import type { SshAction } from './schema.ts'

/** The command with its values. Throws `misconfigured` with the name of the field whose value cannot be an argument. */
export function commandOf({ command }: SshAction, values: ActionValues): string[] {
  return command.map((argument, at) => {
    const parameter = parameterOf(argument)
    if (parameter === null) return argument
    const value = valueIn(values, parameter)
    if (value === null) throw unfit(`${parameter} has no value.`)
    // Nothing that follows `--` is an option: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap12.html
    if (value.startsWith('-') && !command.slice(0, at).includes('--'))
      throw unfit(`${parameter} begins with “-”, so the program would take it for an option.`)
    return value
  })
}

/** What will be run, for people. A value is in quotes. */
export function renderAction({ command, runAs, host, limits }: SshAction, values: ActionValues): string {
  const shown = command.map((argument) => {
    const parameter = parameterOf(argument)
    const value = parameter === null ? argument : (values[parameter] ?? '')
    return parameter !== null || /[^\w./:=@%+,-]/.test(value) ? JSON.stringify(value) : value
  })
  const where = host === undefined ? '' : ` on ${host}`
  return `${shown.join(' ')}\n\nas ${runAs}${where}, for ${limits.seconds} seconds at the most`
}

function unfit(message: string): ConnectorError {
  return new ConnectorError('misconfigured', message, { retryable: false })
}
