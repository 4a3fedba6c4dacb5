import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import { noLogin } from '../_shared/membership.ts'
import {
  type Binding,
  bindingPath,
  type Given,
  placeText,
  rbacGroup,
  readBinding,
  type Subject,
} from './bindings.ts'
import { bindingName, generationOf, isBindingOf } from './names.ts'
import type { Api, Target } from './target.ts'

/** What the objects of one lease say of it. */
export interface Lease {
  readonly grantId: string
  readonly metadata: object
}

/** Labels and annotations are for people. Nothing is found by them, because a holder may be able to change them. */
export function leaseOf(
  { resourceId }: Target,
  { grantId, reference, holder }: Pick<AccessOrder<unknown>, 'grantId'> & Partial<AccessOrder<unknown>>,
): Lease {
  const labels = {
    'app.kubernetes.io/managed-by': 'daypass',
    'daypass/resource': resourceId.replace(/-+$/, ''),
  }
  const annotations = {
    'daypass/grant': grantId,
    ...(reference !== undefined && { 'daypass/reference': reference }),
    ...(holder && { 'daypass/holder': holder.displayName }),
  }
  return { grantId, metadata: { labels, annotations } }
}

/** The user of an order, as the cluster names it, where access is given to a user who is there already. Null: none is named. */
export function clusterUserOf({ settings, resourceId }: Target, order: AccessOrder<unknown>): string | null {
  const login = order.holder.identity
  if (!login) return null
  const name = `${settings.userPrefix ?? ''}${login}`
  // Such names are those of the cluster's own parts, and of ServiceAccounts, which no person is.
  if (!name.startsWith('system:') && !/\p{Cc}/u.test(name)) return name
  const message = `${resourceId}: ${JSON.stringify(name)} is no user to whom access may be given. Confirm the name by which the cluster knows the person.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

export function requireUser(target: Target, order: AccessOrder<unknown>): string {
  const user = clusterUserOf(target, order)
  if (user === null) throw noLogin(order)
  return user
}

export function userSubject(name: string): Subject {
  return { kind: 'User', apiGroup: rbacGroup, name }
}

/** Binds the role to the subject alone, whatever the binding of this name was before. */
export async function ensureBinding(
  target: Target,
  api: Api,
  lease: Lease,
  given: Given,
  subject: Subject,
): Promise<void> {
  const { namespace, role } = given
  const name = bindingName(target.resourceId, lease.grantId, role.kind, role.name)
  const path = bindingPath({ namespace, name })
  const make = () =>
    api.make(bindingPath({ namespace }), {
      apiVersion: `${rbacGroup}/v1`,
      kind: namespace === null ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { ...lease.metadata, name },
      roleRef: { apiGroup: rbacGroup, ...role },
      subjects: [subject],
    })
  if (await make()) return
  const found = await readBinding(api, { namespace, name })
  const isKept = found && !found.metadata.deletionTimestamp && isSameRole(found, given)
  if (isKept && isOnly(found, subject)) return
  if (isKept && (await api.change(path, { subjects: [subject] }))) return
  // The role of a binding cannot be changed.
  await api.remove(path)
  if (await make()) return
  throw changedBySomebody(target, { namespace, name })
}

export function isSameRole({ role }: Binding, given: Given): boolean {
  return role.kind === given.role.kind && role.name === given.role.name
}

function isOnly({ subjects }: Binding, subject: Subject): boolean {
  const [found, ...others] = subjects
  return (
    others.length === 0 &&
    found?.kind === subject.kind &&
    found.name === subject.name &&
    found.namespace === subject.namespace
  )
}

/** Whether this is an account of the lease, by either of the two ways to name one. */
export function isAccountOf({ resourceId, settings }: Target, grantId: string, subject: Subject): boolean {
  const isOne = generationOf(resourceId, grantId, accountNameIn(subject)) !== null
  return isOne && (subject.namespace ?? namespaceIn(subject)) === settings.namespace
}

/** A ServiceAccount is a user too: `system:serviceaccount:namespace:name`. */
export function accountNameIn({ kind, name }: Subject): string {
  return kind === 'User' ? (accountUser.exec(name)?.[2] ?? '') : kind === 'ServiceAccount' ? name : ''
}

function namespaceIn({ kind, name }: Subject): string {
  return kind === 'User' ? (accountUser.exec(name)?.[1] ?? '') : ''
}

const accountUser = /^system:serviceaccount:([^:]+):([^:]+)$/

/** Bindings that Daypass made for the lease, and those that anybody made for its accounts. */
export function bindingsOf(target: Target, grantId: string, all: readonly Binding[]): Binding[] {
  return all.filter(
    (binding) =>
      isBindingOf(target.resourceId, grantId, binding.name) ||
      binding.subjects.some((subject) => isAccountOf(target, grantId, subject)),
  )
}

/**
 * Takes the lease out of these bindings: those of its own are deleted, and from one that is for others too its account is
 * taken out. Returns those that Daypass may not change.
 */
export async function removeBindings(
  target: Target,
  api: Api,
  grantId: string,
  bindings: readonly Binding[],
): Promise<Binding[]> {
  const left = await Promise.all(
    bindings.map(async (binding) => {
      const others = binding.subjects.filter((subject) => !isAccountOf(target, grantId, subject))
      const isOwn = isBindingOf(target.resourceId, grantId, binding.name) || others.length === 0
      if (isOwn) return api.remove(bindingPath(binding)).then(() => [])
      const { resourceVersion } = binding.metadata
      const patch = { metadata: { resourceVersion }, subjects: others }
      return api.change(bindingPath(binding), patch).then(
        () => [],
        (error) => leftOr(error, binding),
      )
    }),
  )
  return left.flat()
}

/** Whoever changes a binding needs the right to make it. A conflict is met by the next look. */
function leftOr(error: unknown, binding: Binding): Binding[] {
  if (error instanceof ConnectorError && error.code === 'permission') return [binding]
  if (error instanceof ConnectorError && error.code === 'conflict') return []
  throw error
}

function changedBySomebody(
  { resourceId }: Target,
  place: Pick<Binding, 'namespace' | 'name'>,
): ConnectorError {
  const message = `${resourceId}: somebody makes ${placeText(place)} again while Daypass makes it. See who does.`
  return new ConnectorError('conflict', message, { retryable: true })
}
