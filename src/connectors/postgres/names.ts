import { createHash } from 'node:crypto'
import type { Access } from '../../domain/connector.ts'
import { maxIdentifierBytes } from './quoting.ts'

/** Begins every role that Daypass makes. */
export const rolePrefix = 'daypass_'

/** The LOGIN role of one lease. A UUID can be read back out of it; other ids are hashed and stand in the comment. */
export function leaseRole(grantId: string): string {
  const hex = grantId.replaceAll('-', '').toLowerCase()
  return isUuid(grantId) ? `${rolePrefix}${hex}` : `${rolePrefix}h${sha256(grantId).slice(0, 40)}`
}

export const leaseRolePattern = '^daypass_([0-9a-f]{32}|h[0-9a-f]{40})$'

/**
 * Owns what one ended lease left behind, and nothing else: no privilege, no login, no members but the admin. One for each
 * lease, so that a function that runs with its owner's rights reaches nothing that another lease left.
 */
export function leftoverOwner(leaseRoleName: string): string {
  return `${rolePrefix}left_${leaseRoleName.slice(rolePrefix.length)}`
}

/** One entitlement at one target. Roles belong to the whole server, privileges to a database of it. */
export interface EntitlementPlace {
  readonly resourceId: string
  readonly database: string
  readonly entitlementId: string
}

/** The NOLOGIN role that holds one entitlement's privileges. Readable where it fits; the hash keeps it distinct. */
export function entitlementRole({ resourceId, database, entitlementId }: EntitlementPlace): string {
  const hash = sha256(`${resourceId}\0${database}\0${entitlementId}`).slice(0, 10)
  const readable = `${rolePrefix}e_${slug(resourceId)}_${slug(entitlementId)}`
  return `${readable.slice(0, maxIdentifierBytes - hash.length - 1)}_${hash}`
}

export function leaseComment(access: Access): string {
  const { grantId, resourceId, reference, entitlementId, holder } = access
  const machine = `Daypass grant=${encodeURIComponent(grantId)} resource=${encodeURIComponent(resourceId)}`
  return `${machine} ${readable(reference)}: ${readable(entitlementId)} for ${readable(holder.displayName)} (${readable(holder.userId)})`
}

export function entitlementComment({ resourceId, database, entitlementId }: EntitlementPlace): string {
  return `Daypass entitlement ${readable(entitlementId)} of ${readable(resourceId)}, database ${readable(database)}. Kept in step with the catalog: changes by hand are undone.`
}

/** What a lease role says of itself; null when its comment is not ours, or gone. */
export function parseLeaseComment(
  comment: string,
): { grantId: string; resourceId: string; about: string } | null {
  const match = /^Daypass grant=(\S+) resource=(\S+) (.*)$/su.exec(comment)
  const [, grantId, resourceId, about] = match ?? []
  if (!grantId || !resourceId || about === undefined) return null
  try {
    return { grantId: decodeURIComponent(grantId), resourceId: decodeURIComponent(resourceId), about }
  } catch {
    return null
  }
}

/** The grant's id from the role's name alone; the name itself where it was hashed. */
export function grantIdFromRole(role: string): string {
  const hex = role.slice(rolePrefix.length)
  return /^[0-9a-f]{32}$/u.test(hex)
    ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5')
    : role
}

/** Free text for a comment: one line, nothing invisible, nothing long. */
function readable(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return [...plain].slice(0, 80).join('')
}

function slug(id: string): string {
  return id.toLowerCase().replace(/[^a-z0-9]+/gu, '_')
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(text)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
