import type { ActionValues } from '../../../domain/action.ts'
import { ConnectorError } from '../../../domain/connector.ts'
import { parameterOf, valueIn } from '../../_shared/parameter-place.ts'
import { sortedKeys } from '../../_shared/sorted-keys.ts'
import { type JobSpec, withValues } from './places.ts'
import type { KubernetesAction } from './schema.ts'

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  readonly namespace: string
  readonly name: string
}

/** What is done, with its values. */
export type Operation =
  | { readonly kind: 'restart'; readonly workload: Workload }
  | { readonly kind: 'scale'; readonly workload: Workload; readonly replicas: number }
  | { readonly kind: 'deletePod'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'job'; readonly namespace: string; readonly spec: JobSpec; readonly seconds: number }

/** Throws `misconfigured` with the name of the field whose value cannot be used. */
export function operationOf(content: KubernetesAction, values: ActionValues): Operation {
  const { restart, scale, deletePod, job, limits } = content
  const nameIn = (written: string) => objectName(written, values)
  if (restart) return { kind: 'restart', workload: { ...restart, name: nameIn(restart.name) } }
  if (scale) {
    const { kind, namespace, name } = scale
    const replicas = Number(
      typeof scale.replicas === 'number' ? scale.replicas : givenFor(scale.replicas, values),
    )
    if (!Number.isInteger(replicas) || replicas < 0 || replicas > 1000)
      throw unfit(String(scale.replicas), 'is no number of pods.')
    return { kind: 'scale', workload: { kind, namespace, name: nameIn(name) }, replicas }
  }
  if (deletePod) return { kind: 'deletePod', namespace: deletePod.namespace, name: nameIn(deletePod.name) }
  if (!job) throw new ConnectorError('misconfigured', 'The action has no operation.', { retryable: false })
  const spec = withValues(job.spec, (parameter, mayBeOption) => {
    const value = givenFor(`:${parameter}`, values)
    if (mayBeOption && value.startsWith('-'))
      throw unfit(parameter, 'begins with “-”, so the program would take it for an option.')
    return value
  })
  return { kind: 'job', namespace: job.namespace, spec, seconds: limits.seconds }
}

/** What will be done, for people. */
export function renderAction(content: KubernetesAction, values: ActionValues): string {
  const { restart, scale, deletePod, job, limits } = content
  const shown = (written: string | number) => {
    const parameter = parameterOf(written)
    return parameter === null ? String(written) : JSON.stringify(valueIn(values, parameter) ?? '')
  }
  if (restart) return `restart ${restart.kind} ${restart.namespace}/${shown(restart.name)}`
  if (scale)
    return `scale ${scale.kind} ${scale.namespace}/${shown(scale.name)} to ${shown(scale.replicas)} pods`
  if (deletePod) return `delete Pod ${deletePod.namespace}/${shown(deletePod.name)}`
  const spec = withValues(job?.spec ?? {}, (parameter) => valueIn(values, parameter) ?? '')
  const text = JSON.stringify(sortedKeys(spec), null, 1)
  return `run a Job in ${job?.namespace}, for ${limits.seconds} seconds at the most\n${text}`
}

function givenFor(written: string, values: ActionValues): string {
  const parameter = parameterOf(written) ?? ''
  const value = valueIn(values, parameter)
  if (value !== null) return value
  throw unfit(written, 'has no value.')
}

/** It becomes a part of an address: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function objectName(written: string, values: ActionValues): string {
  const parameter = parameterOf(written)
  if (parameter === null) return written
  const name = givenFor(written, values)
  if (/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) && !name.includes('..')) return name
  throw unfit(written, 'cannot be the name of an object: small letters, digits, `-` and `.` alone.')
}

function unfit(written: string, problem: string): ConnectorError {
  return new ConnectorError('misconfigured', `${written.replace(/^:/, '')} ${problem}`, { retryable: false })
}
