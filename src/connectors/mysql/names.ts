import { createHash } from 'node:crypto'
import { grantToken } from '../_shared/lease-name.ts'

/**
 * The user of one lease: 4 signs for the resource and 22 for the grant. MySQL takes 32:
 * https://dev.mysql.com/doc/refman/8.4/en/user-names.html
 */
export function leaseUser(resourceId: string, grantId: string): string {
  return `${prefixOf(resourceId)}${grantBytes(grantId).toString('base64url')}`
}

/** The grant of a user of this resource; null for every other user. */
export function grantOfUser(resourceId: string, user: string): string | null {
  const prefix = prefixOf(resourceId)
  if (!user.startsWith(prefix) || !/^[A-Za-z0-9_-]{22}$/.test(user.slice(prefix.length))) return null
  const hex = Buffer.from(user.slice(prefix.length), 'base64url').toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The event that ends a lease. Names of events are the same in capitals and small letters, so this one is in hexadecimal. */
export function leaseEvent(grantId: string): string {
  return `daypass_${grantToken(grantId)}`
}

export function prefixOf(resourceId: string): string {
  return `dpass_${createHash('sha256').update(resourceId).digest('base64url').slice(0, 4)}`
}

/** The 16 bytes of a UUID; of any other id the first 16 of its hash. */
function grantBytes(grantId: string): Buffer {
  const token = grantToken(grantId)
  const hex = /^[0-9a-f]{32}$/.test(token)
    ? token
    : createHash('sha256').update(grantId).digest('hex').slice(0, 32)
  return Buffer.from(hex, 'hex')
}
