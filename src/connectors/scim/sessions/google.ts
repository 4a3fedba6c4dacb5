import { createSign } from 'node:crypto'
import { z } from 'zod'
import { ConnectorError } from '../../../domain/connector.ts'
import type { Fetch } from '../../_shared/own-connections.ts'
import { readSecretFile } from '../../_shared/settings.ts'
import { type Answer, type Call, refusal, send } from '../http.ts'
import type { SessionSettings } from '../schema.ts'
import { fetchedToken, requestToken } from '../token.ts'
import { idIn, pathPart, saysUnknown } from './answers.ts'
import type { Vendor } from './vendor.ts'

type GoogleSettings = Extract<SessionSettings, { vendor: 'google' }>

const scopes = [
  'https://www.googleapis.com/auth/admin.directory.user.readonly',
  'https://www.googleapis.com/auth/admin.directory.user.security',
]

/** https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/signOut */
export function google(resourceId: string, settings: GoogleSettings): Vendor {
  const tokens = fetchedToken(async (fetch) => {
    const key = await readKey(resourceId, settings.serviceAccountFile)
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionOf(key, settings.admin),
    }
    return requestToken(fetch, resourceId, { url: key.token_uri, form })
  })
  const call = async (fetch: Fetch, method: Call['method'], path: string) => {
    const answer = await send(fetch, {
      method,
      url: `${settings.adminUrl}/admin/directory/v1/users/${path}`,
      headers: { authorization: `Bearer ${await tokens.get(fetch)}`, accept: 'application/json' },
    })
    if (answer.status === 401) tokens.forget()
    return answer
  }
  const isUnknown = (answer: Answer) => saysUnknown(answer, 'code', 404)
  return {
    name: 'Google',
    find: async (fetch, person) => {
      const answer = await call(fetch, 'GET', `${pathPart(resourceId, person)}?fields=id`)
      const id = idIn(answer)
      if (id === null && !isUnknown(answer)) throw refusal(resourceId, 'Google', answer)
      return id
    },
    end: async (fetch, id) => {
      const answer = await call(fetch, 'POST', `${pathPart(resourceId, id)}/signOut`)
      const isDone = answer.status === 200 || answer.status === 204
      if (!isDone && !isUnknown(answer)) throw refusal(resourceId, 'Google', answer)
      return isDone
    },
  }
}

const keyFile = z.object({
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  token_uri: z.url({ protocol: /^https?$/ }),
})
type Key = z.output<typeof keyFile>

async function readKey(resourceId: string, path: string): Promise<Key> {
  const text = await readSecretFile(path, resourceId)
  try {
    return keyFile.parse(JSON.parse(text))
  } catch {
    const message = `${resourceId}: ${path} is no key file of a Google service account. Create a key in JSON, and put it there.`
    throw new ConnectorError('misconfigured', message, { retryable: true })
  }
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
function assertionOf(key: Key, admin: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: key.client_email,
    sub: admin,
    scope: scopes.join(' '),
    aud: key.token_uri,
    iat: now,
    exp: now + 600,
  }
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key.private_key, 'base64url')}`
}
