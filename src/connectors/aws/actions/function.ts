import {
  ConnectorError,
  type Facts,
  type RunOrder,
  type RunOutput,
  type RunResult,
} from '../../../domain/connector.ts'
import { plainText } from '../errors.ts'
import type { Aws, Target } from '../target.ts'
import { payloadOf } from './operation.ts'
import type { AwsAction, FunctionContent } from './schema.ts'

/** The function is there, it ends within the limit, and the values fit. Resolves with the mark of the run. Throws what is wrong. */
export async function readyFunction(
  aws: Aws,
  { resourceId }: Target,
  { content, values, runId }: RunOrder<AwsAction>,
): Promise<Facts> {
  const called = content.function
  if (!called) throw unfit(resourceId, 'the action has no function.')
  payloadOf(called, values)
  const { problem, version } = await lookAtFunction(aws, called, content.limits.seconds)
  if (problem !== null) throw unfit(resourceId, `${problem}.`)
  return { run: runId, since: aws.now().toISOString(), version }
}

/** Why it cannot be called (null: it can), and the number of the version to which the catalog leads. */
export async function lookAtFunction(
  aws: Aws,
  { name, version }: FunctionContent,
  seconds: number,
): Promise<{ readonly problem: string | null; readonly version: string }> {
  const found = await (await aws.lambda()).getFunctionConfiguration({
    FunctionName: name,
    Qualifier: `${version}`,
  })
  const isReady = found.State === undefined || found.State === 'Active' || found.State === 'Inactive'
  const state = isReady ? null : `the function ${name} is in the state ${found.State}`
  // Daypass would not wait for its end.
  const isLong = (found.Timeout ?? 0) > seconds
  const long = `the function ${name} may run for ${found.Timeout} seconds, and \`limits.seconds\` is ${seconds}`
  return { problem: state ?? (isLong ? long : null), version: found.Version ?? `${version}` }
}

/** Calls it once, and waits for its answer. The function reads the id of the run in its client context. */
export async function callFunction(
  aws: Aws,
  { content, values, runId, reference }: RunOrder<AwsAction>,
): Promise<RunResult> {
  const called = content.function
  if (!called) return { kind: 'undone', code: 'misconfigured', message: 'The action has no function.' }
  const context = { custom: { daypass_run: runId, daypass_reference: reference } }
  const answer = await (await aws.lambda()).invoke({
    FunctionName: called.name,
    Qualifier: `${called.version}`,
    InvocationType: 'RequestResponse',
    LogType: 'None',
    ClientContext: Buffer.from(JSON.stringify(context)).toString('base64'),
    Payload: Buffer.from(JSON.stringify(payloadOf(called, values))),
  })
  const output = outputOf(answer.Payload, content.limits.bytes)
  const version =
    answer.ExecutedVersion === undefined ? '' : ` (version ${plainText(answer.ExecutedVersion)})`
  const named = `The function ${called.name}${version}`
  if (answer.FunctionError === undefined)
    return { kind: 'done', summary: `${named} answered.`, rows: null, output }
  const summary = `${named} failed (${plainText(answer.FunctionError)}). What it had done by then stays.`
  return { kind: 'done', summary, rows: null, output, wentWrong: true }
}

function outputOf(payload: Uint8Array | undefined, bytes: number): RunOutput {
  const said = Buffer.from(payload ?? [])
  const isCut = said.length > bytes
  return { kind: 'text', text: (isCut ? said.subarray(0, bytes) : said).toString('utf8'), isCut }
}

function unfit(resourceId: string, what: string): ConnectorError {
  return new ConnectorError('misconfigured', `${resourceId}: ${what}`, { retryable: false })
}
