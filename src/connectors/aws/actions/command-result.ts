import type { CommandInvocation } from '@aws-sdk/client-ssm'
import type { RunOutput, RunResult } from '../../../domain/connector.ts'

/** A command on one instance. */
export interface InvocationState {
  readonly instance: string
  readonly isOver: boolean
  /** The word of AWS, without blanks: `ExecutionTimedOut`. */
  readonly status: string
  readonly became: 'succeeded' | 'failed' | 'never_ran' | 'stopped' | null
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html */
export function stateOf({
  InstanceId = '',
  Status = 'Pending',
  StatusDetails,
}: CommandInvocation): InvocationState {
  const status = (StatusDetails ?? Status).replaceAll(' ', '')
  const isOver = !['Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(Status)
  return { instance: InstanceId, isOver, status, became: isOver ? becameOf(Status, status) : null }
}

function becameOf(status: string, details: string): NonNullable<InvocationState['became']> {
  if (status === 'Success') return 'succeeded'
  if (/^(DeliveryTimedOut|Undeliverable|Terminated|InvalidPlatform|AccessDenied)$/.test(details))
    return 'never_ran'
  return status === 'Cancelled' ? 'stopped' : 'failed'
}

/** The output of the command, and whether AWS refused to give a part of it. */
export interface CommandOutput {
  readonly output: RunOutput | null
  readonly isIncomplete: boolean
}

/** What became of a command that is over on every instance. */
export function resultOf(
  states: readonly InvocationState[],
  { output, isIncomplete }: CommandOutput,
): RunResult {
  const not = states.filter(({ became }) => became !== 'succeeded')
  const named = not.slice(0, 5).map(({ instance, status }) => `${instance} (${status})`)
  const more = not.length > named.length ? ` and ${not.length - named.length} more` : ''
  const which = `${named.join(', ')}${more}`
  if (states.every(({ became }) => became === 'never_ran')) {
    const where = which === '' ? '' : ` ${which}.`
    return { kind: 'undone', code: 'not_delivered', message: `No instance ran it.${where}` }
  }
  if (states.some(({ became }) => became === 'stopped')) {
    const message = `It was cancelled. What it had done by then stays. Not succeeded: ${which}.`
    return { kind: 'unknown', code: 'stopped', message }
  }
  const lost = isIncomplete ? ' A part of its output could not be read.' : ''
  if (not.length === 0) {
    const on = states.length === 1 ? `on ${states[0]?.instance}` : `on all ${states.length} instances`
    return { kind: 'done', summary: `It succeeded ${on}.${lost}`, rows: null, output }
  }
  const summary = `It succeeded on ${states.length - not.length} of ${states.length} instances, and not on ${which}.${lost}`
  return { kind: 'done', summary, rows: null, output, wentWrong: true }
}
