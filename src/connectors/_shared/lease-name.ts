import { createHash } from 'node:crypto'

/** A grant's id in a form that every target takes in a name: 32 hex digits of a UUID, or `h` and a hash of any other id. */
export function grantToken(grantId: string): string {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(grantId)
  return isUuid
    ? grantId.replaceAll('-', '')
    : `h${createHash('sha256').update(grantId).digest('hex').slice(0, 31)}`
}

/** The grant's id again; a hashed one stays as it is. Null where this is no token. */
export function grantIdOfToken(token: string): string | null {
  if (/^h[0-9a-f]{31}$/.test(token)) return token
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(token)
  return parts ? parts.slice(1).join('-') : null
}
