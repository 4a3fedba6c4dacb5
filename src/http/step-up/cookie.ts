import { signInSeconds } from '../../domain/step-up.ts'

/**
 * Holds the token of the link while the browser is at the company's sign-in. `Lax`, because the provider sends the browser back from
 * another site. The prefix needs `Secure` and binds it to this host: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie
 */
export function tokenCookie(origin: string, token: string): string {
  return cookie(origin, token, signInSeconds)
}

export function clearedCookie(origin: string): string {
  return cookie(origin, '', 0)
}

/** Null: the browser began no sign-in here. */
export function readToken(origin: string, header: string | undefined): string | null {
  const prefix = `${nameAt(origin)}=`
  const found = (header ?? '').split(/;\s*/).find((part) => part.startsWith(prefix))
  return found?.slice(prefix.length) || null
}

function cookie(origin: string, value: string, seconds: number): string {
  const secure = isSecure(origin) ? '; Secure' : ''
  return `${nameAt(origin)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`
}

function nameAt(origin: string): string {
  return isSecure(origin) ? '__Host-daypass-sign-in' : 'daypass-sign-in'
}

function isSecure(origin: string): boolean {
  return origin.startsWith('https:')
}
