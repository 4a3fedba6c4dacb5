import { z } from 'zod'
import type { RunOrder, RunOutput, RunResult } from '../../../domain/connector.ts'
import type { Api, Target } from '../target.ts'
import { follow } from './follow.ts'
import type { Operation } from './operation.ts'
import type { KubernetesAction } from './schema.ts'

type Order = RunOrder<KubernetesAction>
export type JobOperation = Extract<Operation, { kind: 'job' }>

const runAnnotation = 'daypass.dev/run'
const undoneAnnotation = 'daypass.dev/undone'

export function jobsPath({ namespace }: Pick<JobOperation, 'namespace'>): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs`
}

/** Each run has one name, and there is one object of a name: so it cannot run twice. */
function jobName(runId: string): string {
  return `daypass-${runId}`
}

export function jobOf({ spec, seconds }: JobOperation, { runId, reference }: Order) {
  return {
    ...headOf(runId, { [runAnnotation]: runId, 'daypass.dev/reference': reference }),
    // One attempt, unless the catalog says otherwise: a second one would do twice what it does.
    spec: { backoffLimit: 0, ...spec, activeDeadlineSeconds: seconds },
  }
}

/** Takes the name of a job that was not made, so that a call that is still on its way cannot make it. It starts no pod. */
export function placeholderOf(runId: string) {
  const containers = [{ name: 'none', image: 'daypass.invalid/this-run-was-undone' }]
  return {
    ...headOf(runId, { [undoneAnnotation]: runId }),
    spec: { parallelism: 0, template: { spec: { restartPolicy: 'Never', containers } } },
  }
}

function headOf(runId: string, annotations: Readonly<Record<string, string>>) {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: jobName(runId), annotations } }
}

const jobSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default('') }))
      .default([]),
  }),
})

/** `absent`: there is none. `undone`: its name was taken, and it never runs. */
export type JobState = 'absent' | 'undone' | 'stopped' | 'under_way' | { readonly ended: string | null }

export async function readJob(api: Api, operation: JobOperation, runId: string): Promise<JobState> {
  const job = await api.read(jobSchema, `${jobsPath(operation)}/${jobName(runId)}`)
  if (!job) return 'absent'
  const { annotations } = job.metadata
  if (annotations?.[undoneAnnotation] !== undefined) return 'undone'
  const over = job.status.conditions.find(
    ({ type, status }) => status === 'True' && /^(Complete|Failed)$/.test(type),
  )
  if (over) return { ended: over.type === 'Complete' ? null : over.reason || 'Failed' }
  return annotations?.[stoppedAnnotation] === undefined ? 'under_way' : 'stopped'
}

const stoppedAnnotation = 'daypass.dev/stopped'

/** Its pods are ended, and no more are started. What they did stays. */
export function stopJob(api: Api, operation: JobOperation, runId: string): Promise<boolean> {
  const annotations = { [stoppedAnnotation]: api.now().toISOString() }
  return api.change(`${jobsPath(operation)}/${jobName(runId)}`, {
    metadata: { annotations },
    spec: { parallelism: 0 },
  })
}

/** The job was made. Waits for its end. Null: it goes on. */
export async function followJob(
  target: Target,
  operation: JobOperation,
  { runId, content }: Order,
  signal: AbortSignal,
): Promise<RunResult | null> {
  const { seconds, bytes } = content.limits
  const state = await follow(target, seconds + graceSeconds, signal, async (api) => {
    const found = await readJob(api, operation, runId)
    return found === 'under_way' ? null : found
  })
  if (state === null && signal.aborted) {
    await target.operation((api) => stopJob(api, operation, runId))
    return stopped
  }
  return state === null ? null : resultOf(target, operation, runId, { state, bytes })
}

/** Kubernetes ends it after its time, and says so a little later. */
const graceSeconds = 15

const stopped: RunResult = {
  kind: 'unknown',
  code: 'stopped',
  message: 'The Job was stopped while it ran. What it had done by then stays.',
}

export async function resultOf(
  target: Target,
  operation: JobOperation,
  runId: string,
  { state, bytes }: { readonly state: JobState; readonly bytes: number },
): Promise<RunResult | null> {
  if (state === 'under_way') return null
  if (state === 'stopped') return stopped
  if (state === 'undone')
    return {
      kind: 'undone',
      code: 'interrupted',
      message: 'It was interrupted before the Job was made: nothing happened.',
    }
  if (state === 'absent')
    return {
      kind: 'unknown',
      code: 'gone',
      message: 'Somebody deleted the Job. What it had done by then stays.',
    }
  const output = await target.operation((api) => lastLog(api, operation, runId, bytes)).catch(() => null)
  const noLog = output === null ? ' Its log could not be read.' : ''
  const how = state.ended === null ? 'The Job is complete.' : `The Job ran, and failed (${state.ended}).`
  return { kind: 'done', summary: `${how}${noLog}`, rows: null, output }
}

const podsSchema = z.object({
  metadata: z.object({ name: z.string(), creationTimestamp: z.string() }),
})

/** The end of the log of its newest pod. Null: there is none. */
async function lastLog(
  api: Api,
  { namespace }: JobOperation,
  runId: string,
  bytes: number,
): Promise<RunOutput | null> {
  const pods = await api.list(
    podsSchema,
    `/api/v1/namespaces/${namespace}/pods`,
    `job-name=${jobName(runId)}`,
  )
  const newest = pods.toSorted((one, other) =>
    one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1,
  )[0]
  if (!newest) return null
  const path = `/api/v1/namespaces/${namespace}/pods/${newest.metadata.name}/log?tailLines=2000`
  const answer = await api.ask({ method: 'GET', path })
  if (answer.status !== 200) return null
  const log = Buffer.from(answer.text)
  const isCut = log.length > bytes
  return { kind: 'text', text: isCut ? log.subarray(-bytes).toString('utf8') : answer.text, isCut }
}
