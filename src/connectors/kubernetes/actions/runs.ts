import {
  ConnectorError,
  type Facts,
  type ReadyRun,
  type RunOrder,
  type RunPreview,
  type RunResult,
  type Runs,
} from '../../../domain/connector.ts'
import { statusOf } from '../http.ts'
import type { Api, Target } from '../target.ts'
import { follow } from './follow.ts'
import { followJob, jobOf, jobsPath, placeholderOf, readJob, resultOf, stopJob } from './jobs.ts'
import { type Attempt, attempt, writeNote } from './ledger.ts'
import { type Operation, operationOf } from './operation.ts'
import { deletePod, keepPod, readPod } from './pods.ts'
import type { KubernetesAction } from './schema.ts'
import { changeWorkload, followWorkload, patchOf, workloadPath } from './workloads.ts'

type Order = RunOrder<KubernetesAction>

/**
 * Operations of the cluster as actions. What a run changes bears its id: the name of a job, a note on another object. A note is
 * written together with the change, so it says later whether the change was made.
 */
export function kubernetesRuns(target: Target): Runs<KubernetesAction> {
  return {
    preview: (order) => preview(target, order),
    ready: (order) => ready(target, order),
    settle: (order, mark, isToStop) => settle(target, order, mark, isToStop),
  }
}

/** Nobody is asked about what the cluster refuses already. There is nothing to show where it does not. */
async function preview(target: Target, order: Order): Promise<RunPreview | null> {
  try {
    await target.operation((api) => rehearse(api, operationOf(order.content, order.values), order))
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.retryable) throw error
    return { kind: 'problem', code: error.code, message: error.message }
  }
}

async function ready(target: Target, order: Order): Promise<ReadyRun> {
  const operation = operationOf(order.content, order.values)
  const uid = await target.operation((api) => rehearse(api, operation, order))
  return {
    mark: { run: order.runId, ...(uid !== null && { pod: uid }) },
    execute: (signal) => execute(target, operation, { order, uid: uid ?? '' }, signal),
    abandon: async () => {},
  }
}

/** The same call as a trial that changes nothing. Resolves with the id of the pod that will be deleted. Throws what is wrong. */
async function rehearse(api: Api, operation: Operation, order: Order): Promise<string | null> {
  if (operation.kind === 'deletePod') {
    const uid = await readPod(api, operation)
    if (uid !== null) return uid
    throw unfit(`There is no pod ${operation.namespace}/${operation.name}, or it is being deleted.`)
  }
  const isJob = operation.kind === 'job'
  const path = isJob ? jobsPath(operation) : workloadPath(operation.workload)
  const answer = await api.ask({
    method: isJob ? 'POST' : 'PATCH',
    path: `${path}?dryRun=All`,
    body: isJob ? jobOf(operation, order) : patchOf(operation, api.now()),
  })
  if (answer.status === 200 || answer.status === 201) return null
  const said = statusOf(answer)?.message ?? ''
  if (answer.status === 404 || answer.status === 422 || answer.status === 400)
    throw unfit(`The cluster refuses it: ${said.slice(0, 500)}`)
  throw api.refused(`to a trial of ${path}`, answer)
}

function unfit(message: string): ConnectorError {
  return new ConnectorError('misconfigured', message, { retryable: false })
}

async function execute(
  target: Target,
  operation: Operation,
  { order, uid }: { readonly order: Order; readonly uid: string },
  signal: AbortSignal,
): Promise<RunResult> {
  if (signal.aborted)
    return { kind: 'undone', code: 'cancelled', message: 'It was stopped before it was done.' }
  const { runId, content } = order
  const { seconds } = content.limits
  try {
    if (operation.kind === 'job') {
      const path = jobsPath(operation)
      await target.operation((api) => api.make(path, jobOf(operation, order)))
      return (await followJob(target, operation, order, signal)) ?? underWay
    }
    const answer = await target.operation((api) =>
      operation.kind === 'deletePod'
        ? deletePod(api, operation, uid, runId)
        : changeWorkload(api, operation, runId),
    )
    if (answer === 'undone') return interrupted
    if (operation.kind === 'deletePod') {
      const isGone = await follow(target, seconds, signal, async (api) =>
        (await readPod(api, operation)) === uid ? null : true,
      )
      return podResult(isGone ? 'The pod is deleted.' : 'The deletion of the pod was ordered.')
    }
    if (answer === 'gone')
      return {
        kind: 'undone',
        code: 'gone',
        message: 'It was deleted before it could be changed: nothing was done.',
      }
    return await followWorkload(target, operation, seconds, signal)
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    // What the API server refuses was not done. Of everything else nobody knows.
    if (!error.retryable) return { kind: 'undone', code: error.code, message: error.message }
    return { kind: 'unknown', code: error.code, message: error.message }
  }
}

async function settle(target: Target, order: Order, mark: Facts, isToStop: boolean): Promise<RunResult> {
  const operation = operationOf(order.content, order.values)
  if (operation.kind === 'job') return settleJob(target, operation, order, isToStop)
  if (operation.kind === 'deletePod') {
    const answer = await target.operation((api) => keepPod(api, operation, String(mark.pod), order.runId))
    return answer === 'undone' ? interrupted : podResult('The pod is gone.')
  }
  const path = workloadPath(operation.workload)
  const answer: Attempt = await target.operation((api) =>
    attempt(api, path, order.runId, (object) =>
      writeNote(api, path, { runId: order.runId, note: 'undone' }, object),
    ),
  )
  if (answer === 'undone') return interrupted
  if (answer === 'gone')
    return {
      kind: 'unknown',
      code: 'gone',
      message: 'It was deleted meanwhile, so nobody can say whether it was changed.',
    }
  // Looks once: the process that followed it is gone.
  return followWorkload(target, operation, 0.001, new AbortController().signal)
}

async function settleJob(
  target: Target,
  operation: Extract<Operation, { kind: 'job' }>,
  { runId, content }: Order,
  isToStop: boolean,
): Promise<RunResult> {
  const state = await target.operation(async (api) => {
    const found = await readJob(api, operation, runId)
    if (found === 'under_way' && isToStop) {
      await stopJob(api, operation, runId)
      return 'stopped'
    }
    if (found !== 'absent') return found
    const isTaken = await api.make(jobsPath(operation), placeholderOf(runId))
    return isTaken ? 'undone' : readJob(api, operation, runId)
  })
  return (await resultOf(target, operation, runId, { state, bytes: content.limits.bytes })) ?? underWay
}

const underWay: RunResult = { kind: 'under_way' }

const interrupted: RunResult = {
  kind: 'undone',
  code: 'interrupted',
  message: 'It was interrupted before it was done: nothing changed.',
}

function podResult(summary: string): RunResult {
  return { kind: 'done', summary, rows: null, output: null }
}
