import { createHash } from 'node:crypto'
import { grantToken } from '../_shared/lease-name.ts'

/**
 * The name of one lease on its hosts: its principal, its account, its files. `dp`, 3 signs for the resource and 26 for the grant:
 * Linux takes 32 for an account, and systemd 31 (https://systemd.io/USER_NAMES/).
 */
export function leaseName(resourceId: string, grantId: string): string {
  return `${prefixOf(resourceId)}${base32(grantBytes(grantId))}`
}

/** The grant of a name of this resource; null for every other name. */
export function grantOfName(resourceId: string, name: string): string | null {
  const prefix = prefixOf(resourceId)
  if (!name.startsWith(prefix)) return null
  const hex = fromBase32(name.slice(prefix.length))
  return hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') ?? null
}

function prefixOf(resourceId: string): string {
  return `dp${base32(createHash('sha256').update(resourceId).digest()).slice(0, 3)}`
}

/** The 16 bytes of a UUID; of any other id the first 16 of its hash. */
function grantBytes(grantId: string): Buffer {
  const token = grantToken(grantId)
  if (/^[0-9a-f]{32}$/.test(token)) return Buffer.from(token, 'hex')
  return createHash('sha256').update(grantId).digest().subarray(0, 16)
}

/** In small letters, without padding: https://datatracker.ietf.org/doc/html/rfc4648#section-6 */
const signs = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => signs[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

/** 16 bytes in hexadecimal; null where this is no text of 16 bytes. */
function fromBase32(text: string): string | null {
  if (!/^[a-z2-7]{26}$/.test(text)) return null
  const bits = [...text].map((sign) => signs.indexOf(sign).toString(2).padStart(5, '0')).join('')
  const bytes = bits.slice(0, 128).match(/.{8}/g) ?? []
  return bytes.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('')
}
