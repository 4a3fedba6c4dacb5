import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import { type KubernetesTarget, type Login, startKubernetes } from '../../fixtures/targets/kubernetes.ts'

/** A cluster with the roles and namespaces of a shop, and a Daypass with exactly the rights that its page names. */
export interface ShopCluster extends KubernetesTarget {
  readonly daypassToken: string
  /** Creates an object; its path follows from it. */
  apply(object: KubeObject): Promise<void>
  /** Whether a user may do this, by the cluster's own word. */
  may(user: string, verb: string, resource: string, namespace?: string): Promise<boolean>
  /** Whether the API server takes this token for anybody's. */
  review(token: string): Promise<boolean>
  /** The same as `may`, until the answer is this. */
  until(isAllowed: boolean, ...question: Parameters<ShopCluster['may']>): Promise<void>
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [key: string]: unknown
}

export const rbac = '/apis/rbac.authorization.k8s.io/v1'
const rbacVersion = 'rbac.authorization.k8s.io/v1'

export function roleOf(name: string, rules: readonly object[], namespace?: string): KubeObject {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  return { apiVersion: rbacVersion, kind, metadata: metadataOf(name, namespace), rules }
}

export function bindingTo(
  role: string,
  subject: { kind: string; name: string; namespace?: string },
  { name, namespace }: { name: string; namespace?: string },
): KubeObject {
  return {
    apiVersion: rbacVersion,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: metadataOf(name, namespace),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [
      { ...(subject.kind !== 'ServiceAccount' && { apiGroup: 'rbac.authorization.k8s.io' }), ...subject },
    ],
  }
}

function metadataOf(name: string, namespace?: string) {
  return { name, ...(namespace !== undefined && { namespace }) }
}

const configMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create'] }

const shop: readonly KubeObject[] = [
  ...['orders', 'payments'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  roleOf('support', [configMaps]),
  roleOf(
    'restart-workers',
    [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get'] }],
    'orders',
  ),
  roleOf('node-reader', [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    { nonResourceURLs: ['/metrics', '/metrics/*'], verbs: ['get'] },
  ]),
]

/** What the page tells an administrator to apply: the block with these words. */
export async function manifestOfPage(words = 'kind: ClusterRoleBinding'): Promise<KubeObject[]> {
  const page = await readFile('docs/connectors/kubernetes.md', 'utf8')
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '')
  const manifest = blocks.find((text) => text.includes(words))
  return parseAllDocuments(manifest ?? '').map((document) => document.toJS() as KubeObject)
}

export async function startShopCluster(options: { auditLog?: boolean } = {}): Promise<ShopCluster> {
  const target = await startKubernetes(options)
  const apply: ShopCluster['apply'] = async (object) => {
    const { status, body } = await target.call('POST', collectionOf(object), object)
    if (status !== 201 && status !== 409)
      throw new Error(`${object.kind} ${object.metadata.name}: ${body.message}`)
  }
  for (const object of [...shop, ...(await manifestOfPage())]) await apply(object)
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 86_400 },
  }
  const issued = await target.call(
    'POST',
    '/api/v1/namespaces/daypass/serviceaccounts/daypass/token',
    request,
  )
  const may: ShopCluster['may'] = async (user, verb, resource, namespace) => {
    const [name, group = ''] = resource.split('.')
    const spec = {
      user,
      resourceAttributes: { verb, resource: name, group, ...(namespace && { namespace }) },
    }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
    const { body } = await target.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    return body.status.allowed
  }
  return {
    ...target,
    daypassToken: issued.body.status.token,
    apply,
    may,
    review: async (token) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
      const { body } = await target.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review)
      return body.status.authenticated === true
    },
    until: async (isAllowed, ...question) => {
      for (const deadline = Date.now() + 5_000; (await may(...question)) !== isAllowed; )
        if (Date.now() > deadline) throw new Error(`it is still ${!isAllowed} that ${question.join(' ')}`)
    },
  }
}

/** Where objects of this kind are made. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: KubeObject): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const at = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${base}${at}/${kind.toLowerCase()}s`
}

/** Whether a call as somebody gets through: 200 yes, 403 or 401 no. */
export async function reads(target: KubernetesTarget, who: Login, path: string): Promise<boolean> {
  return (await target.callAs(who, 'GET', path)).status === 200
}
