import { createHash } from 'node:crypto'
import { grantIdOfToken, grantToken } from '../_shared/lease-name.ts'

/** Names of the objects of leases. A name cannot be changed, so what a lease has is found by it, whatever its labels say. */

/** The beginning of all names of leases of this resource. */
export function prefixOf(resourceId: string): string {
  return `daypass-${resourceId}-`
}

/** The beginning of all names of one lease. */
function leasePrefix(resourceId: string, grantId: string): string {
  return `${prefixOf(resourceId)}${grantToken(grantId)}-`
}

/** The ServiceAccount of a lease. Each showing of credentials makes the next one, so that former tokens are worth nothing. */
export function accountName(resourceId: string, grantId: string, generation: number): string {
  return `${leasePrefix(resourceId, grantId)}${generation}`
}

/** Which of the lease's accounts this is; null for every other one. */
export function generationOf(resourceId: string, grantId: string, account: string): number | null {
  const prefix = leasePrefix(resourceId, grantId)
  const rest = account.startsWith(prefix) ? account.slice(prefix.length) : ''
  return /^\d{1,9}$/.test(rest) ? Number(rest) : null
}

/** The binding of one role. Several roles in one namespace have several. */
export function bindingName(resourceId: string, grantId: string, roleKind: string, role: string): string {
  const hash = createHash('sha256').update(`${roleKind}/${role}`).digest('hex').slice(0, 8)
  return `${leasePrefix(resourceId, grantId)}${hash}`
}

export function isBindingOf(resourceId: string, grantId: string, binding: string): boolean {
  const prefix = leasePrefix(resourceId, grantId)
  return binding.startsWith(prefix) && /^[0-9a-f]{8}$/.test(binding.slice(prefix.length))
}

/** The grant whose account or binding this is; null for what is not of a lease of this resource. */
export function grantOfName(resourceId: string, name: string): string | null {
  const prefix = prefixOf(resourceId)
  const parts = name.startsWith(prefix)
    ? /^(h?[0-9a-f]{31,32})-(\d{1,9}|[0-9a-f]{8})$/.exec(name.slice(prefix.length))
    : null
  return parts?.[1] === undefined ? null : grantIdOfToken(parts[1])
}

/** The name under which the API server knows a ServiceAccount. */
export function usernameOf(namespace: string, account: string): string {
  return `system:serviceaccount:${namespace}:${account}`
}

/** Whether a text such as "RoleBinding orders/daypass-…" names a binding of a lease. */
export function isBindingName(resourceId: string, place: string): boolean {
  return grantOfName(resourceId, place.slice(place.search(/[^ /]*$/))) !== null
}
