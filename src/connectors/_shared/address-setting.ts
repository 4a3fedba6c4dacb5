import { z } from 'zod'

/**
 * The base URL of an HTTP API to which secrets are sent: https, or http on this machine. Without a slash at its end. Messages
 * never repeat it.
 */
export function addressSetting() {
  return z
    .string()
    .check((ctx) => {
      const problem = problemOf(ctx.value)
      if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
    })
    .transform((url) => url.replace(/\/+$/, ''))
}

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return 'not a URL: expected https://host/path'
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (username !== '' || password !== '') return 'a URL with a password: write secrets under their own keys'
  if (search !== '' || hash !== '') return 'nothing may follow the path: expected https://host/path'
  const isHere = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  if (protocol === 'https:' || (protocol === 'http:' && isHere)) return null
  return 'expected https://, because secrets are sent there; http:// only to this machine'
}
