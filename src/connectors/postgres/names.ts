import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AccessOrder } from '../../domain/connector.ts'
import { maxIdentifierBytes } from './quoting.ts'

/** Begins every role that Daypass makes. */
export const rolePrefix = 'daypass_'

/** The LOGIN role of one lease. A UUID can be read back from it; other ids are hashed, and the comment holds them. */
export function leaseRole(grantId: string): string {
  const hex = grantId.replaceAll('-', '').toLowerCase()
  return isUuid(grantId) ? `${rolePrefix}${hex}` : `${rolePrefix}h${sha256(grantId).slice(0, 40)}`
}

export const leaseRolePattern = '^daypass_([0-9a-f]{32}|h[0-9a-f]{40})$'

export const leftoverOwnerPrefix = `${rolePrefix}left_`

/**
 * Owns what one ended lease left behind, and nothing else: no privilege, no login, no members but the admin. One for each
 * lease, so that a function that runs with its owner's rights reaches nothing that another lease left.
 */
export function leftoverOwner(leaseRoleName: string): string {
  return `${leftoverOwnerPrefix}${leaseRoleName.slice(rolePrefix.length)}`
}

/** One entitlement at one target. Roles belong to the whole server, privileges to a database of it. */
export interface EntitlementPlace {
  readonly resourceId: string
  readonly database: string
  readonly entitlementId: string
}

/** Begins every role that holds an entitlement's privileges. */
export const entitlementRolePrefix = `${rolePrefix}e_`

/**
 * The NOLOGIN role that holds the privileges of one entitlement with this content. Other content, other role: what a
 * running lease was given does not change with the catalog. Readable where it fits; the hash keeps it distinct.
 */
export function entitlementRole(place: EntitlementPlace & { readonly content: object }): string {
  const { resourceId, database, entitlementId, content } = place
  const key = JSON.stringify([resourceId, database, entitlementId, content])
  const known = entitlementRoles.get(key)
  if (known !== undefined) return known
  const hash = sha256(JSON.stringify([resourceId, database, entitlementId, sorted(content)])).slice(0, 16)
  const readable = `${entitlementRolePrefix}${slug(resourceId)}_${slug(entitlementId)}`
  const name = `${readable.slice(0, maxIdentifierBytes - hash.length - 1)}_${hash}`
  entitlementRoles.set(key, name)
  return name
}

/** Many leases have the same content, and the name costs more than the comparison. */
const entitlementRoles = new LRUCache<string, string>({ max: 1_000 })

export function leaseComment(access: AccessOrder<unknown>): string {
  const { grantId, resourceId, reference, entitlementId, holder } = access
  const machine = `Daypass grant=${encodeURIComponent(grantId)} resource=${encodeURIComponent(resourceId)}`
  return `${machine} ${readable(reference)}: ${readable(entitlementId)} for ${readable(holder.displayName)} (${readable(holder.userId)})`
}

export function entitlementComment({ resourceId, database, entitlementId }: EntitlementPlace): string {
  const machine = [entitlementId, resourceId, database].map(encodeURIComponent)
  return `Daypass entitlement=${machine[0]} resource=${machine[1]} database=${machine[2]} Holds what was approved: changes by hand are undone.`
}

/** Whose privileges an entitlement role holds; null when its comment is not ours, or gone. */
export function parseEntitlementComment(comment: string): EntitlementPlace | null {
  const match = /^Daypass entitlement=(\S+) resource=(\S+) database=(\S+) /u.exec(comment)
  const [, entitlementId, resourceId, database] = match ?? []
  if (!entitlementId || !resourceId || !database) return null
  try {
    return {
      entitlementId: decodeURIComponent(entitlementId),
      resourceId: decodeURIComponent(resourceId),
      database: decodeURIComponent(database),
    }
  } catch {
    return null
  }
}

/** The data in the comment of a lease role; null if the comment is absent or not ours. */
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

/**
 * The same JSON for every order of keys, because `jsonb` changes the order:
 * https://www.postgresql.org/docs/current/datatype-json.html
 */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  )
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
