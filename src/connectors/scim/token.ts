import { z } from 'zod'
import type { Fetch } from '../_shared/own-connections.ts'
import { readSecretFile } from '../_shared/settings.ts'
import { refusal, send } from './http.ts'
import type { OauthSettings } from './schema.ts'

/** Where the bearer token of a call comes from. It is never part of an error. */
export interface TokenSource {
  get(fetch: Fetch): Promise<string>
  /** The server refused the token: the next one is fetched anew. False: there is no other. */
  forget(): boolean
}

/** A secret of the catalog, or of a file that is read each time. */
export function fixedToken(
  resourceId: string,
  secret: string | undefined,
  file: string | undefined,
): TokenSource {
  return {
    get: async () => (file === undefined ? (secret ?? '') : readSecretFile(file, resourceId)),
    forget: () => false,
  }
}

/** A token from a token endpoint, kept until shortly before it expires. */
export function fetchedToken(request: (fetch: Fetch) => Promise<FetchedToken>): TokenSource {
  let kept: { readonly value: string; readonly until: number } | null = null
  return {
    get: async (fetch) => {
      if (kept && kept.until > Date.now()) return kept.value
      const { access_token: value, expires_in: seconds } = await request(fetch)
      kept = { value, until: Date.now() + (seconds - marginSeconds(seconds)) * 1_000 }
      return value
    },
    forget: () => {
      const hadOne = kept !== null
      kept = null
      return hadOne
    },
  }
}

/** So that a token does not expire on its way. */
function marginSeconds(lifetime: number): number {
  return Math.min(60, lifetime / 2)
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.1. Without a lifetime, a token is used for a minute. */
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().default(60) })
type FetchedToken = z.output<typeof tokenAnswer>

/** Asks a token endpoint. `who`: "the token endpoint", for errors. */
export async function requestToken(
  fetch: Fetch,
  resourceId: string,
  {
    url,
    form,
    headers = {},
  }: { url: string; form: Record<string, string>; headers?: Record<string, string> },
): Promise<FetchedToken> {
  const answer = await send(fetch, {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
  })
  const token = tokenAnswer.safeParse(answer.body)
  if (answer.status === 200 && token.success) return token.data
  // A refused client is 400 or 401 there, which is not a fault of the call.
  const status = answer.status === 400 ? 401 : answer.status
  throw refusal(resourceId, 'the token endpoint', { ...answer, status })
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export function clientCredentials(
  resourceId: string,
  { tokenUrl, clientId, clientSecret, clientSecretFile, scope, secretIn }: OauthSettings,
): TokenSource {
  const secret = fixedToken(resourceId, clientSecret, clientSecretFile)
  return fetchedToken(async (fetch) => {
    const password = await secret.get(fetch)
    const form = { grant_type: 'client_credentials', ...(scope && { scope }) }
    if (secretIn === 'body') {
      const whole = { ...form, client_id: clientId, client_secret: password }
      return requestToken(fetch, resourceId, { url: tokenUrl, form: whole })
    }
    const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(password)}`).toString('base64')
    return requestToken(fetch, resourceId, {
      url: tokenUrl,
      form,
      headers: { authorization: `Basic ${basic}` },
    })
  })
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice('text='.length)
}
