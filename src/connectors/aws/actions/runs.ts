import {
  ConnectorError,
  type ReadyRun,
  type RunOrder,
  type RunPreview,
  type RunResult,
  type Runs,
} from '../../../domain/connector.ts'
import { isThrottled, isUnsent, statusOf } from '../errors.ts'
import type { Aws, Target } from '../target.ts'
import { callFunction, readyFunction } from './function.ts'
import { readyCommand } from './ready-command.ts'
import type { AwsAction } from './schema.ts'
import { sendCommand } from './send-command.ts'
import { settleCommand } from './settle-command.ts'

/**
 * Commands of Systems Manager and calls of functions as actions. A command goes on by itself, and is found again by the id of the run in
 * its comment. A function is waited for: nothing says later what became of a call.
 */
export function awsRuns(target: Target): Runs<AwsAction> {
  return {
    preview: (order) => preview(target, order),
    ready: (order) => ready(target, order),
    settle: async (order, mark, isToStop) =>
      order.content.command
        ? target.operation((aws) => settleCommand(aws, target, order, mark, isToStop))
        : cannotBeRead(order),
  }
}

/** Nobody is asked about what cannot be run. There is nothing to show of what can. */
async function preview(target: Target, order: RunOrder<AwsAction>): Promise<RunPreview | null> {
  try {
    await target.operation((aws) => look(aws, target, order))
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.retryable) throw error
    return { kind: 'problem', code: error.code, message: error.message }
  }
}

function look(aws: Aws, target: Target, order: RunOrder<AwsAction>) {
  return order.content.command ? readyCommand(aws, target, order) : readyFunction(aws, target, order)
}

/** Another process may take it for lost after a while, and AWS takes no call that was signed more than five minutes ago. */
const longestWaitMs = 60_000

async function ready(target: Target, order: RunOrder<AwsAction>): Promise<ReadyRun> {
  const mark = await target.operation((aws) => look(aws, target, order))
  const { command, limits } = order.content
  const readyAt = performance.now()
  return {
    mark,
    abandon: async () => {},
    execute: async (signal) => {
      if (signal.aborted) return { kind: 'undone', code: 'cancelled', message: 'AWS was not told.' }
      if (performance.now() - readyAt > longestWaitMs)
        return {
          kind: 'undone',
          code: 'interrupted',
          message: 'It was held up for too long: AWS was not told.',
        }
      return command
        ? told(target, (aws) => sendCommand(aws, order, mark))
        : told(target, (aws) => callFunction(aws, order), limits.seconds + graceSeconds)
    },
  }
}

const graceSeconds = 15

/** A refusal of AWS did nothing, and neither did a call that never left. After a fault, or no answer, nobody knows. */
async function told(
  target: Target,
  call: (aws: Aws) => Promise<RunResult>,
  seconds?: number,
): Promise<RunResult> {
  let isUndone = false
  try {
    return await target.operation(
      (aws) =>
        call(aws).catch((error: unknown) => {
          isUndone = isRefusal(error) || isUnsent(error)
          throw error
        }),
      seconds,
    )
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { kind: isUndone ? 'undone' : 'unknown', code: error.code, message: error.message }
  }
}

function isRefusal(error: unknown): boolean {
  const status = statusOf(error)
  return isThrottled(error) || (status !== null && status >= 400 && status < 500 && status !== 408)
}

function cannotBeRead({ runId }: RunOrder<AwsAction>): RunResult {
  const message = `Lambda does not say later what became of a call. Look for ${runId} in the log of the function.`
  return { kind: 'unknown', code: 'cannot_be_read', message }
}
