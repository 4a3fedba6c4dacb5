import type { Command, CommandInvocation } from '@aws-sdk/client-ssm'
import { ConnectorError, type Facts, type RunOrder, type RunResult } from '../../../domain/connector.ts'
import { nameOf } from '../errors.ts'
import type { Aws, Target } from '../target.ts'
import { readOutput } from './command-output.ts'
import { type InvocationState, resultOf, stateOf } from './command-result.ts'
import type { AwsAction } from './schema.ts'
import { commentOf } from './send-command.ts'

type Order = RunOrder<AwsAction>

/**
 * AWS takes no call that was signed more than five minutes ago, by its clock, and a process sends within a minute:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4.html. Clocks may differ by five minutes more. After so long, a
 * command that AWS does not show was never taken.
 */
const showsWithinMs = 15 * 60_000
/** A cancelled command ends within minutes, unless its instance no longer answers. */
const endsWithinMs = 3_600_000

/** What became of the command, whichever process sent it. */
export async function settleCommand(
  aws: Aws,
  target: Target,
  order: Order,
  mark: Facts,
  isToStop: boolean,
): Promise<RunResult> {
  const id = typeof mark.command === 'string' ? mark.command : await findCommand(aws, order, mark)
  const since = Date.parse(String(mark.since))
  if (id === null) return notThere(target, aws, since)
  const [command, invocations] = await Promise.all([readCommand(aws, id), readInvocations(aws, id)])
  if (!command) {
    const message = 'AWS does not show the command any more. It keeps them for 30 days.'
    return { kind: 'unknown', code: 'gone', message }
  }
  const states = invocations.map(stateOf)
  const isOver = states.length > 0 ? states.every(({ isOver }) => isOver) : isOverWithoutInstances(command)
  if (isOver) return resultOf(states, await readOutput(aws, id, invocations, order.content.limits.bytes))
  const elapsed = aws.now().getTime() - since
  const { seconds } = order.content.limits
  const isLate = elapsed > seconds * 1_000
  if (elapsed > seconds * 1_000 + endsWithinMs) {
    const message = 'It was cancelled after its time, and AWS never said that it ended.'
    return { kind: 'unknown', code: 'not_over', message }
  }
  if (isToStop || isLate) await cancel(aws, id)
  return { kind: 'under_way', progress: progressOf(states, isLate), found: { command: id } }
}

/** The first one with our comment: somebody who saw it may send another one with the same comment. Null: AWS shows none. */
async function findCommand(aws: Aws, order: Order, { since }: Facts): Promise<string | null> {
  const ssm = await aws.ssm()
  const document = order.content.command?.document ?? ''
  const from = new Date(Date.parse(String(since)) - 60_000)
  const Filters = [
    { key: 'InvokedAfter' as const, value: `${from.toISOString().slice(0, 19)}Z` },
    // Those of other accounts are told by their names or their ARNs.
    ...(document.startsWith('arn:') ? [] : [{ key: 'DocumentName' as const, value: document }]),
  ]
  const found: Command[] = []
  let NextToken: string | undefined
  do {
    const page = await ssm.listCommands({ Filters, MaxResults: 50, ...(NextToken && { NextToken }) })
    found.push(...(page.Commands ?? []).filter(({ Comment }) => Comment === commentOf(order)))
    NextToken = page.NextToken
  } while (NextToken)
  const [first] = found.toSorted(
    (one, other) => (one.RequestedDateTime?.getTime() ?? 0) - (other.RequestedDateTime?.getTime() ?? 0),
  )
  return first?.CommandId ?? null
}

function notThere({ resourceId }: Target, aws: Aws, since: number): RunResult {
  const elapsed = Math.min(aws.now().getTime(), Date.now()) - since
  if (elapsed > showsWithinMs)
    return { kind: 'undone', code: 'interrupted', message: 'AWS never took it: nothing happened.' }
  const message = `${resourceId}: AWS shows no command of it. Until 15 minutes after its beginning, one may still come.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

async function readCommand(aws: Aws, CommandId: string): Promise<Command | null> {
  try {
    return (await (await aws.ssm()).listCommands({ CommandId })).Commands?.[0] ?? null
  } catch (error) {
    if (nameOf(error) === 'InvalidCommandId') return null
    throw error
  }
}

async function readInvocations(aws: Aws, CommandId: string): Promise<CommandInvocation[]> {
  const ssm = await aws.ssm()
  const found: CommandInvocation[] = []
  let NextToken: string | undefined
  try {
    do {
      const more = NextToken && { NextToken }
      const page = await ssm.listCommandInvocations({ CommandId, Details: true, MaxResults: 50, ...more })
      found.push(...(page.CommandInvocations ?? []))
      NextToken = page.NextToken
    } while (NextToken)
  } catch (error) {
    if (nameOf(error) !== 'InvalidCommandId') throw error
  }
  return found
}

/** AWS gave it up before any instance got it. */
function isOverWithoutInstances({ Status }: Command): boolean {
  return Status !== undefined && !['Pending', 'InProgress', 'Cancelling'].includes(Status)
}

async function cancel(aws: Aws, CommandId: string): Promise<void> {
  await (await aws.ssm()).cancelCommand({ CommandId }).catch((error: unknown) => {
    // It is over meanwhile.
    if (nameOf(error) !== 'InvalidCommandId') throw error
  })
}

function progressOf(states: readonly InvocationState[], isLate: boolean): string {
  if (states.length === 0) return 'AWS took it, and no instance shows it yet.'
  const over = states.filter(({ isOver }) => isOver).length
  const late = isLate ? ' It ran longer than its limit, and is being cancelled.' : ''
  return `It is over on ${over} of ${states.length} instances.${late}`
}
