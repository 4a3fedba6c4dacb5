import { z } from 'zod'
import type { RunResult } from '../../../domain/connector.ts'
import type { Api, Target } from '../target.ts'
import { follow } from './follow.ts'
import { type Attempt, attempt, writeNote } from './ledger.ts'
import type { Operation, Workload } from './operation.ts'

export type WorkloadOperation = Extract<Operation, { kind: 'restart' | 'scale' }>

export function workloadPath({ kind, namespace, name }: Workload): string {
  return `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`
}

/** What is changed of the object. `at`: the instant of a restart. */
export function patchOf(operation: WorkloadOperation, at: Date): object {
  if (operation.kind === 'scale') return { spec: { replicas: operation.replicas } }
  const annotations = { 'kubectl.kubernetes.io/restartedAt': at.toISOString() }
  return { spec: { template: { metadata: { annotations } } } }
}

/** Changes it once, with a note of the run. */
export function changeWorkload(api: Api, operation: WorkloadOperation, runId: string): Promise<Attempt> {
  const path = workloadPath(operation.workload)
  return attempt(api, path, runId, (object) =>
    writeNote(api, path, { runId, note: 'done', patch: patchOf(operation, api.now()) }, object),
  )
}

/** It was changed. Waits until its pods are as they should be, as long as the action says. */
export async function followWorkload(
  target: Target,
  { kind, workload }: WorkloadOperation,
  seconds: number,
  signal: AbortSignal,
): Promise<RunResult> {
  let last = 'nothing is known of its pods'
  const state = await follow(target, seconds, signal, async (api) => {
    const found = stateOf(await api.read(stateSchema, workloadPath(workload)), workload)
    last = found.text
    return found.isComplete ? found : null
  })
  const what = kind === 'restart' ? 'The restart' : 'The change'
  const summary = state
    ? `${what} is complete: ${state.text}.`
    : `${what} was ordered. When Daypass stopped to follow it: ${last}.`
  return { kind: 'done', summary, rows: null, output: null }
}

const count = z.int().default(0)
const stateSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  spec: z.object({
    replicas: z.int().default(1),
    updateStrategy: z.object({ type: z.string().default('RollingUpdate') }).nullish(),
  }),
  status: z.object({
    observedGeneration: count,
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    currentRevision: z.string().default(''),
    updateRevision: z.string().default(''),
    desiredNumberScheduled: count,
    updatedNumberScheduled: count,
    numberAvailable: count,
    conditions: z.array(z.object({ type: z.string(), reason: z.string().default('') })).default([]),
  }),
})
type State = z.output<typeof stateSchema>

/** As kubectl rollout status decides: https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go */
function stateOf(found: State | null, { kind }: Workload): { isComplete: boolean; text: string } {
  if (!found) return { isComplete: true, text: 'it was deleted meanwhile' }
  const { spec, status, metadata } = found
  if (status.observedGeneration < metadata.generation)
    return { isComplete: false, text: 'the cluster had not begun with it' }
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled: wanted, updatedNumberScheduled: updated, numberAvailable } = status
    const text = `${updated} of ${wanted} pods are new, ${numberAvailable} available`
    return { isComplete: updated >= wanted && numberAvailable >= wanted, text }
  }
  const wanted = spec.replicas
  if (kind === 'StatefulSet') {
    const byHand = spec.updateStrategy?.type === 'OnDelete'
    const text = `${status.readyReplicas} of ${wanted} pods are ready${byHand ? ', and those that are there stay old until somebody deletes them' : `, ${status.updatedReplicas} new`}`
    const isNew = byHand || (status.currentRevision === status.updateRevision && status.replicas === wanted)
    return { isComplete: isNew && status.readyReplicas >= wanted, text }
  }
  const { updatedReplicas: updated, availableReplicas: available, replicas } = status
  const text = `${updated} of ${wanted} pods are new, ${available} available`
  if (status.conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded'))
    return { isComplete: true, text: `${text}; it makes no progress (ProgressDeadlineExceeded)` }
  return { isComplete: updated >= wanted && replicas <= updated && available >= updated, text }
}
