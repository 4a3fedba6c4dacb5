import { z } from 'zod'
import type { KubernetesEntitlement } from './schema.ts'
import type { Api } from './target.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
export const rbacGroup = 'rbac.authorization.k8s.io'

/** What every object has: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().nullish(),
  managedFields: z.array(z.object({ time: z.string().optional() })).default([]),
})

const subjectSchema = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  apiGroup: z.string().optional(),
})
export type Subject = z.output<typeof subjectSchema>

const bindingSchema = z.object({
  metadata: metadataSchema,
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(subjectSchema).nullish(),
})

/** A RoleBinding, or without a namespace a ClusterRoleBinding. */
export interface Place {
  readonly namespace: string | null
  readonly name: string
}

export interface Binding extends Place {
  readonly role: RoleRef
  readonly subjects: readonly Subject[]
  readonly metadata: z.output<typeof metadataSchema>
}

export interface RoleRef {
  readonly kind: string
  readonly name: string
}

/** A role at one place, as the content of an entitlement gives it. */
export interface Given {
  readonly namespace: string | null
  readonly role: RoleRef
}

/** One for each role and namespace, each once. */
export function givenBy({ bind }: KubernetesEntitlement): Given[] {
  const all = bind.flatMap(({ clusterRole, role, namespaces }) => {
    const ref = role === undefined ? clusterRoleRef(clusterRole ?? '') : { kind: 'Role', name: role }
    return (namespaces ?? [null]).map((namespace) => ({ namespace, role: ref }))
  })
  return [...new Map(all.map((given) => [JSON.stringify(given), given])).values()]
}

function clusterRoleRef(name: string): RoleRef {
  return { kind: 'ClusterRole', name }
}

/** Where the API has it: `/apis/…/namespaces/orders/rolebindings/x`. Without a name, where one is made. */
export function bindingPath({ namespace, name }: { namespace: string | null; name?: string }): string {
  const collection =
    namespace === null
      ? `${rbac}/clusterrolebindings`
      : `${rbac}/namespaces/${encodeURIComponent(namespace)}/rolebindings`
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`
}

export function rolePath({ namespace, role }: Given): string {
  const collection =
    role.kind === 'ClusterRole' || namespace === null
      ? `${rbac}/clusterroles`
      : `${rbac}/namespaces/${encodeURIComponent(namespace)}/roles`
  return `${collection}/${encodeURIComponent(role.name)}`
}

/** Every binding of the cluster. */
export async function listBindings(api: Api): Promise<Binding[]> {
  const [inNamespaces, inCluster] = await Promise.all([
    api.list(bindingSchema, `${rbac}/rolebindings`),
    api.list(bindingSchema, `${rbac}/clusterrolebindings`),
  ])
  return [...inNamespaces, ...inCluster].map(bindingOf)
}

export async function readBinding(api: Api, place: Place): Promise<Binding | null> {
  const found = await api.read(bindingSchema, bindingPath(place))
  return found && bindingOf(found)
}

function bindingOf({ metadata, roleRef, subjects }: z.output<typeof bindingSchema>): Binding {
  const { name, namespace = null } = metadata
  return { name, namespace, role: roleRef, subjects: subjects ?? [], metadata }
}

/** Roles and bindings that anybody made or changed since then. Who did, Kubernetes does not say. */
export async function changedSince(api: Api, since: Date, bindings: readonly Binding[]): Promise<string[]> {
  const roles = z.object({ metadata: metadataSchema })
  const [inNamespaces, inCluster] = await Promise.all([
    api.list(roles, `${rbac}/roles`),
    api.list(roles, `${rbac}/clusterroles`),
  ])
  // Timestamps are whole seconds.
  const from = Math.floor(since.getTime() / 1_000) * 1_000
  return [...bindings, ...inNamespaces, ...inCluster].flatMap((object) => {
    const { metadata } = object
    const times = [metadata.creationTimestamp, ...metadata.managedFields.map(({ time }) => time ?? '')]
    if (!times.some((time) => Date.parse(time) >= from)) return []
    const kind = 'role' in object ? 'Binding' : ''
    return [placeText({ name: metadata.name, namespace: metadata.namespace ?? null }, `Role${kind}`)]
  })
}

/** "RoleBinding orders/support", "ClusterRole view". */
export function placeText({ namespace, name }: Place, kind = 'RoleBinding'): string {
  return namespace === null ? `Cluster${kind} ${name}` : `${kind} ${namespace}/${name}`
}

/** "view in orders", "view in the whole cluster". */
export function givenText({ namespace, role }: Given): string {
  return `${role.name} in ${namespace ?? 'the whole cluster'}`
}

/** When the first of these was made. */
export function earliest(bindings: readonly Binding[]): Date {
  return new Date(Math.min(...bindings.map(({ metadata }) => Date.parse(metadata.creationTimestamp))))
}
