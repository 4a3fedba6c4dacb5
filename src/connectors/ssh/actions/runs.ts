import { setTimeout as pause } from 'node:timers/promises'
import {
  ConnectorError,
  type ReadyRun,
  type RunOrder,
  type RunPreview,
  type RunResult,
  type Runs,
} from '../../../domain/connector.ts'
import type { Answer, Host, Line } from '../host.ts'
import type { Target } from '../target.ts'
import { commandOf } from './command.ts'
import type { SshAction } from './schema.ts'

type Order = RunOrder<SshAction>

/**
 * Commands as actions. The helper on the host makes a folder with the id of the run before it executes the command, and notes there how
 * it ended. So it executes it once, goes on without the process that asked for it, and can be asked later.
 */
export function sshRuns(target: Target): Runs<SshAction> {
  return {
    preview: (order) => preview(target, order),
    ready: (order) => ready(target, order),
    settle: (order, _, isToStop) => settle(target, order, isToStop),
  }
}

/** Nobody is asked about a command that cannot be run. There is nothing to show of one that can. */
async function preview(target: Target, order: Order): Promise<RunPreview | null> {
  try {
    await hostOf(target, order.content).ask('rehearse', linesOf(order))
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.retryable) throw error
    return { kind: 'problem', code: error.code, message: error.message }
  }
}

async function ready(target: Target, order: Order): Promise<ReadyRun> {
  const host = hostOf(target, order.content)
  await host.ask('rehearse', linesOf(order))
  return {
    mark: { run: order.runId, host: host.label },
    execute: (signal) => execute(host, order, signal),
    abandon: async () => {},
  }
}

const lookEveryMs = 1_000
/** Seconds. The host ends a command after its time, and then says so. */
const grace = 15

async function execute(host: Host, order: Order, signal: AbortSignal): Promise<RunResult> {
  if (signal.aborted) return { kind: 'undone', code: 'cancelled', message: 'It was stopped before it began.' }
  let answer: Answer
  try {
    answer = await host.ask('start', [['run', order.runId], ...linesOf(order)])
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    // What the host refuses was not begun. Of everything else nobody knows.
    return { kind: error.retryable ? 'unknown' : 'undone', code: error.code, message: error.message }
  }
  const until = performance.now() + (order.content.limits.seconds + grace) * 1000
  for (;;) {
    const result = resultOf(answer, order)
    if (result.kind !== 'under_way' || performance.now() > until) return result
    await pause(lookEveryMs, undefined, { signal }).catch(() => {})
    answer = await host
      .ask(signal.aborted ? 'halt' : 'look', [['run', order.runId]])
      .catch((error: unknown) => {
        if (error instanceof ConnectorError) return answer
        throw error
      })
  }
}

async function settle(target: Target, order: Order, isToStop: boolean): Promise<RunResult> {
  const host = hostOf(target, order.content)
  return resultOf(await host.ask(isToStop ? 'halt' : 'settle', [['run', order.runId]]), order)
}

function resultOf(answer: Answer, { content }: Order): RunResult {
  switch (answer.one('state')) {
    case 'running':
      return { kind: 'under_way' }
    case 'undone':
      return {
        kind: 'undone',
        code: 'interrupted',
        message: 'It was interrupted before it began: nothing happened.',
      }
    case 'stopped':
      return {
        kind: 'unknown',
        code: 'stopped',
        message: 'It was stopped while it ran. What it had done by then stays.',
      }
    case 'ended':
      return ended(answer, content)
    default:
      return {
        kind: 'unknown',
        code: 'lost',
        message: 'The host has begun it, and does not know how it ended.',
      }
  }
}

function ended(answer: Answer, { limits }: SshAction): RunResult {
  const code = Number(answer.one('code') ?? -1)
  const isLate = (code === 124 || code === 137) && Number(answer.one('took') ?? 0) >= limits.seconds
  const said = Buffer.from(answer.all('out').join(''), 'base64')
  const isCut = said.length > limits.bytes
  const text = (isCut ? said.subarray(0, limits.bytes) : said).toString('utf8')
  const summary = isLate
    ? `It ran longer than its limit (${limits.seconds} s), and was ended.`
    : `It ended with the exit code ${code}.`
  return { kind: 'done', summary, rows: null, output: { kind: 'text', text, isCut } }
}

/** The host of an action. */
export function hostOf({ hosts, resourceId }: Target, { host: named }: SshAction): Host {
  const found = hosts.filter(({ settings }) => named === undefined || settings.address === named)
  const [host] = found
  if (host && found.length === 1) return host
  const problem = host ? 'Several hosts could run it. Name one under `host`.' : `There is no host ${named}.`
  throw new ConnectorError('misconfigured', `${resourceId}: ${problem}`, { retryable: false })
}

function linesOf({ content, values }: Order): Line[] {
  const { runAs, limits } = content
  return [
    ['as', runAs],
    ['seconds', limits.seconds],
    ['bytes', limits.bytes],
    ...commandOf(content, values).map(
      (argument): Line => ['arg', `=${Buffer.from(argument).toString('base64')}`],
    ),
  ]
}
