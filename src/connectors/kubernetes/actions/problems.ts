import type { Parameter } from '../../../domain/action.ts'
import { parameterOf } from '../../_shared/parameter-place.ts'
import { placesOf } from './places.ts'
import type { KubernetesAction } from './schema.ts'

interface Fault {
  readonly key: string
  readonly what: string
  readonly remedy: string
}

/** What `check` finds in an action. */
export function actionProblems(content: KubernetesAction, parameters: readonly Parameter[]): Fault[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const { restart, scale, deletePod, job } = content
  const named = [
    ...nameOf('restart', restart?.name),
    ...nameOf('scale', scale?.name),
    ...nameOf('deletePod', deletePod?.name),
  ]
  const replicas = scale && parameterOf(scale.replicas)
  const places = job ? placesOf(job.spec) : []
  const used = [...named, ...(replicas ? [{ key: 'scale', parameter: replicas }] : []), ...places]
  return [
    ...used
      .filter(({ parameter }) => !byName.has(parameter))
      .map(({ key, parameter }) => ({
        key,
        what: `It names \`:${parameter}\`, which is no parameter.`,
        remedy: `Add \`${parameter}\` to \`parameters\`, or correct the name.`,
      })),
    ...named.flatMap(({ key, parameter }) => {
      const type = byName.get(parameter)?.type
      if (type === undefined || type === 'string' || type === 'enum') return []
      return [{ key, what: `\`:${parameter}\` cannot be a name.`, remedy: 'Make it a string or an enum.' }]
    }),
    ...(replicas ? replicasProblems(byName.get(replicas)) : []),
    ...places.flatMap(({ key, parameter, problem }) =>
      problem === null
        ? []
        : [
            {
              key,
              what: `\`:${parameter}\` ${problem}`,
              remedy: 'Make it a whole entry of `args`, or the value of a variable in `env`.',
            },
          ],
    ),
    ...parameters
      .filter(({ name }) => !used.some(({ parameter }) => parameter === name))
      .map(({ name }) => ({
        key: 'parameters',
        what: `The operation does not name the parameter \`:${name}\`.`,
        remedy: 'Use it, or remove it: people would approve a value that does nothing.',
      })),
  ]
}

function nameOf(key: string, name: string | undefined) {
  const parameter = name === undefined ? null : parameterOf(name)
  return parameter === null ? [] : [{ key, parameter }]
}

function replicasProblems(parameter: Parameter | undefined): Fault[] {
  if (!parameter) return []
  const isCount =
    parameter.type === 'number' && parameter.decimals === 0 && parameter.min >= 0 && parameter.max <= 1000
  if (isCount) return []
  const remedy = 'Make it a whole number with `min` and `max` from 0 to 1000.'
  return [{ key: 'scale', what: `\`:${parameter.name}\` cannot be a number of pods.`, remedy }]
}
