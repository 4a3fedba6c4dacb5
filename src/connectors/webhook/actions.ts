import { z } from 'zod'
import { type ActionValues, type Parameter, valuesText } from '../../domain/action.ts'
import { ConnectorError, type RunOrder, type RunResult, type Runs } from '../../domain/connector.ts'
import { refusal, runAnswer, runState, runTaken } from './answers.ts'
import type { Call } from './messages.ts'
import { readJson } from './read-json.ts'
import type { Receiver } from './receiver.ts'

/** The connector's own part of an action: what the receiver is to do. */
export const actionSchema = z.strictObject({
  call: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/)
    .describe('The operation, as the receiver knows it: resend_invoice'),
  fixed: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/),
      z.union([z.string().max(500), z.number(), z.boolean()]),
    )
    .default({})
    .describe('Sent with the values of the requester, as they stand here: { channel: email }'),
  reads: z
    .boolean()
    .default(false)
    .describe('The receiver answers action.read: it says what became of a run, and never does it after that'),
})
export type WebhookAction = z.output<typeof actionSchema>

/** A value of the requester and a fixed one must not have the same name. */
export function actionProblems({ fixed }: WebhookAction, parameters: readonly Parameter[]) {
  return parameters
    .filter(({ name }) => Object.hasOwn(fixed, name))
    .map(({ name }) => ({
      key: 'fixed',
      what: `\`${name}\` is a parameter too.`,
      remedy: 'Give one of them another name.',
    }))
}

/** What is sent, but for the names of people and the signature. */
export function renderAction({ call, fixed }: WebhookAction, values: ActionValues): string {
  const names = Object.keys(values).toSorted()
  return [`call ${call}`, valuesText(names, values), JSON.stringify(fixed, Object.keys(fixed).toSorted())]
    .filter((line) => line !== '' && line !== '{}')
    .join('\n')
}

/** A signed call as an action. The id of the run is its idempotency key. It is sent once. */
export function webhookRuns(receiver: Receiver): Runs<WebhookAction> {
  return {
    ready: async (order) => ({
      mark: { idempotency_key: order.runId },
      execute: (signal) => execute(receiver, order, signal),
      abandon: async () => {},
    }),
    settle: (order, _, isToStop) => settle(receiver, order, isToStop),
  }
}

async function execute(
  receiver: Receiver,
  order: RunOrder<WebhookAction>,
  signal: AbortSignal,
): Promise<RunResult> {
  if (signal.aborted) return { kind: 'undone', code: 'cancelled', message: 'It was not sent.' }
  try {
    const { status, body } = await receiver.send(callOf('run', order))
    const { data } = runAnswer.safeParse(readJson(body))
    if (status === 200 && data) return resultOf(data)
    const taken = order.content.reads && status === 202 ? runTaken.safeParse(readJson(body)).data : undefined
    if (taken) return underWay(taken)
    // A receiver that refuses a call does nothing. After a fault of its own nobody knows.
    if (status >= 400 && status < 500 && status !== 408) return refused(status, body)
    return unknown(`status_${status}`, `The receiver answered ${status}, which says nothing about the run.`)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return unknown(error.code, error.message)
  }
}

async function settle(receiver: Receiver, order: RunOrder<WebhookAction>, stop: boolean): Promise<RunResult> {
  if (!order.content.reads) return unknown('cannot_be_read', 'The receiver cannot say what became of a call.')
  const { status, body } = await receiver.send(callOf('read', order, stop))
  const { data } = runState.safeParse(readJson(body))
  if (status === 200 && data?.state === 'running') return underWay(data)
  if (status === 200 && data?.state === 'done') return resultOf({ ...data, done: true })
  if (status === 200 && data?.state === 'undone') {
    const undone = resultOf({ done: false, reason: data.reason })
    return stop && undone.kind === 'undone' ? { ...undone, code: 'cancelled' } : undone
  }
  if (status === 200 && data) return unknown('unknown', 'The receiver does not know what became of it.')
  const message = `${receiver.resourceId}: the receiver answered ${status} to action.read, and not in the form of an answer.`
  throw new ConnectorError('unexpected', message, { retryable: true })
}

function callOf(operation: 'run' | 'read', order: RunOrder<WebhookAction>, stop = false): Call {
  const { runId, reference, resourceId, actionId, content, values, requester } = order
  return {
    type: `action.${operation}`,
    data: {
      resource: resourceId,
      run: runId,
      reference,
      action: actionId,
      call: content.call,
      values: { ...content.fixed, ...values },
      requester: { name: requester.displayName, slackUser: requester.userId },
      ...(stop && { stop }),
    },
    ...(operation === 'run' ? { idempotencyKey: runId } : {}),
  }
}

function resultOf(answer: z.output<typeof runAnswer>): RunResult {
  if (!answer.done) {
    const message = answer.reason ?? 'The receiver says that it did nothing.'
    return { kind: 'undone', code: 'refused', message }
  }
  const { summary = 'The receiver says that it did it.', rows = null, output } = answer
  return {
    kind: 'done',
    summary,
    rows,
    output: output === undefined ? null : { kind: 'text', text: output, isCut: false },
  }
}

function refused(status: number, body: string): RunResult {
  const { data } = refusal.safeParse(readJson(body))
  const said = data ? ` It says: “${data.reason}”` : ''
  return {
    kind: 'undone',
    code: `status_${status}`,
    message: `The receiver refused the call (${status}).${said}`,
  }
}

function unknown(code: string, message: string): RunResult {
  return { kind: 'unknown', code, message }
}

function underWay({ progress }: { progress?: string | undefined }): RunResult {
  return { kind: 'under_way', ...(progress !== undefined && { progress }) }
}
