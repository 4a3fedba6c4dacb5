import type { Problem } from '../../../domain/problem.ts'
import { parameterOf } from '../../_shared/parameter-place.ts'
import { mayDaypass } from '../reviews.ts'
import type { Api } from '../target.ts'
import type { KubernetesAction } from './schema.ts'

/** What Daypass lacks for the actions: each with the rule that gives it. */
export async function runProblems(
  api: Api,
  actions: ReadonlyMap<string, KubernetesAction>,
): Promise<Problem[]> {
  const needed = [...actions].flatMap(([id, content]) =>
    rightsFor(content).map((right) => ({ id, ...right })),
  )
  const answers = await Promise.all(needed.map(({ id: _, ...right }) => mayDaypass(api, right)))
  return needed.flatMap(({ id, verb, group, resource, subresource, namespace }, index) => {
    if (answers[index]) return []
    const named = subresource === '' ? resource : `${resource}/${subresource}`
    const rule = `apiGroups: ["${group}"], resources: [${named}], verbs: [${verb}]`
    const remedy = `Give it a Role in the namespace ${namespace} with this rule: ${rule}.`
    return [{ what: `${id}: Daypass may not ${verb} ${named} in ${namespace}`, remedy }]
  })
}

interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** '': of any. */
  readonly name: string
}

function rightsFor({ restart, scale, deletePod, job }: KubernetesAction): Right[] {
  const rights = (verbs: readonly string[], right: Omit<Right, 'verb'>) =>
    verbs.map((verb) => ({ verb, ...right }))
  const workload = restart ?? scale
  if (workload) {
    const { kind, namespace, name } = workload
    const resource = `${kind.toLowerCase()}s`
    return rights(['get', 'patch'], {
      group: 'apps',
      resource,
      subresource: '',
      namespace,
      name: fixed(name),
    })
  }
  if (deletePod) {
    const { namespace, name } = deletePod
    const right = { group: '', resource: 'pods', subresource: '', namespace, name: fixed(name) }
    return rights(['get', 'patch', 'delete'], right)
  }
  if (!job) return []
  const inNamespace = { subresource: '', namespace: job.namespace, name: '' }
  return [
    ...rights(['get', 'create', 'patch'], { group: 'batch', resource: 'jobs', ...inNamespace }),
    ...rights(['list'], { group: '', resource: 'pods', ...inNamespace }),
    ...rights(['get'], { group: '', resource: 'pods', ...inNamespace, subresource: 'log' }),
  ]
}

/** A right may be of one object. */
function fixed(name: string): string {
  return parameterOf(name) === null ? name : ''
}
