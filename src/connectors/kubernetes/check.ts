import { z } from 'zod'
import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { accountPath } from './accounts.ts'
import { runProblems } from './actions/check.ts'
import type { KubernetesAction } from './actions/schema.ts'
import { bindingPath, type Given, givenBy, givenText, rbacGroup } from './bindings.ts'
import { statusOf } from './http.ts'
import { powersOf } from './powers.ts'
import { mayDaypass } from './reviews.ts'
import { type Question, readRules } from './roles.ts'
import type { KubernetesEntitlement } from './schema.ts'
import type { Api, Target } from './target.ts'

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export function checkCluster(
  target: Target,
  offers: ReadonlyMap<string, KubernetesEntitlement>,
  actions: ReadonlyMap<string, KubernetesAction>,
): Promise<Diagnosis> {
  return target.operation(async (api) => {
    const version = (await api.read(z.object({ gitVersion: z.string() }), '/version'))?.gitVersion ?? ''
    const lacking = await lackingRights(target, api)
    const problems = [
      ...lacking,
      ...(lacking.length === 0 && target.settings.access === 'token'
        ? await problemsOfNamespace(target, api)
        : []),
      ...(lacking.length === 0
        ? (await Promise.all([...offers].map((offer) => problemsOfOffer(api, offer)))).flat()
        : []),
      ...(await runProblems(api, actions)),
    ]
    if (problems.length > 0) return { ok: false, problems }
    const summary = `Kubernetes ${version}; ${offers.size} entitlements can be granted.`
    return { ok: true, summary }
  })
}

interface Right {
  readonly verbs: readonly string[]
  readonly group: string
  readonly resource: string
  readonly namespace: string | null
}

function rightsFor({ settings }: Target): Right[] {
  const all = ['get', 'list', 'create', 'patch', 'delete']
  const namespace = settings.namespace
  return [
    { verbs: all, group: rbacGroup, resource: 'rolebindings', namespace: null },
    { verbs: all, group: rbacGroup, resource: 'clusterrolebindings', namespace: null },
    { verbs: ['get', 'list'], group: rbacGroup, resource: 'roles', namespace: null },
    { verbs: ['get', 'list'], group: rbacGroup, resource: 'clusterroles', namespace: null },
    { verbs: ['create'], group: 'authorization.k8s.io', resource: 'subjectaccessreviews', namespace: null },
    ...(settings.access === 'user'
      ? []
      : [
          { verbs: ['create'], group: 'authentication.k8s.io', resource: 'tokenreviews', namespace: null },
          { verbs: ['list', 'create', 'patch', 'delete'], group: '', resource: 'serviceaccounts', namespace },
          { verbs: ['create'], group: '', resource: 'serviceaccounts/token', namespace },
        ]),
  ]
}

async function lackingRights(target: Target, api: Api): Promise<Problem[]> {
  const all = rightsFor(target).flatMap(({ verbs, ...right }) => verbs.map((verb) => ({ verb, ...right })))
  const answers = await Promise.all(all.map((right) => mayDaypass(api, questionOf(right))))
  return all.flatMap(({ verb, resource, namespace, group }, index) => {
    if (answers[index]) return []
    const where = namespace === null ? 'a ClusterRole' : `a Role in the namespace ${namespace}`
    const rule = `apiGroups: ["${group}"], resources: [${resource}], verbs: [${verb}]`
    return [
      { what: `Daypass may not ${verb} ${resource}`, remedy: `Give it ${where} with this rule: ${rule}.` },
    ]
  })
}

function questionOf({
  verb,
  group,
  resource: path,
  namespace,
  name = '',
}: Omit<Right, 'verbs'> & { verb: string; name?: string }): Question {
  const [resource = '', subresource = ''] = path.split('/')
  return { verb, group, resource, subresource, namespace, name }
}

async function problemsOfNamespace(target: Target, api: Api): Promise<Problem[]> {
  const { namespace } = target.settings
  const answer = await api.ask({
    method: 'POST',
    path: `${accountPath(target)}?dryRun=All`,
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'daypass-check' } },
  })
  if (answer.status === 201) return []
  const remedy = `Create it: kubectl create namespace ${namespace}. Or see what forbids ServiceAccounts there.`
  const reason = statusOf(answer)?.message ?? ''
  return [
    {
      what: /not found/.test(reason)
        ? `there is no namespace ${namespace}`
        : `no ServiceAccount can be made in ${namespace}. ${api.refused('to a trial', answer).message}`,
      remedy,
    },
  ]
}

async function problemsOfOffer(api: Api, [id, content]: [string, KubernetesEntitlement]): Promise<Problem[]> {
  const found = await Promise.all(
    givenBy(content).map(async (given) => {
      const rules = await readRules(api, given)
      if (rules === null || rules.length === 0)
        return { problems: [withoutRole(id, given, rules)], known: [] }
      return { problems: await problemsOfBinding(api, id, given), known: [{ ...given, rules }] }
    }),
  )
  const powers = content.acceptKeeping ? [] : powersOf(found.flatMap(({ known }) => known))
  return [
    ...found.flatMap(({ problems }) => problems),
    ...(powers.length === 0
      ? []
      : [
          {
            what: `${id}: its roles let their holder ${powers.join(', ')}, and so keep access beyond the lease`,
            remedy:
              'Name narrower roles, or let the owners accept it: `acceptKeeping: true`. The end then says so.',
          },
        ]),
  ]
}

function withoutRole(id: string, given: Given, rules: readonly unknown[] | null): Problem {
  return {
    what: `${id}: the ${given.role.kind} ${givenText(given)} ${rules ? 'allows nothing' : 'does not exist'}`,
    remedy: 'Create it, or correct the catalog.',
  }
}

/** A trial that changes nothing: it needs the namespace and the right to give this role. */
async function problemsOfBinding(api: Api, id: string, { namespace, role }: Given): Promise<Problem[]> {
  const resource = role.kind === 'Role' ? 'roles' : 'clusterroles'
  const answer = await api.ask({
    method: 'POST',
    path: `${bindingPath({ namespace })}?dryRun=All`,
    body: {
      apiVersion: `${rbacGroup}/v1`,
      kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: 'daypass-check' },
      roleRef: { apiGroup: rbacGroup, ...role },
      subjects: [],
    },
  })
  if (answer.status === 201) return []
  const rule = `apiGroups: ["${rbacGroup}"], resources: [${resource}], resourceNames: ["${role.name}"], verbs: [bind]`
  if (answer.status === 403 && /not currently held|attempting to grant/.test(statusOf(answer)?.message ?? ''))
    return [
      {
        what: `${id}: Daypass may not give ${givenText({ namespace, role })}`,
        remedy: `Give it a role with this rule: ${rule}.`,
      },
    ]
  return [
    {
      what: `${id}: ${givenText({ namespace, role })} cannot be given. ${api.refused('to a trial', answer).message}`,
      remedy: 'Correct the namespaces in the catalog, or repair the cluster, then check again.',
    },
  ]
}
