import type { Fetch } from '../../_shared/own-connections.ts'
import { type Answer, type Call, refusal, send } from '../http.ts'
import type { SessionSettings } from '../schema.ts'
import { clientCredentials } from '../token.ts'
import { idIn, pathPart, saysUnknown } from './answers.ts'
import type { Vendor } from './vendor.ts'

type EntraSettings = Extract<SessionSettings, { vendor: 'entra' }>

/** https://learn.microsoft.com/en-us/graph/api/user-revokesigninsessions */
export function entra(resourceId: string, settings: EntraSettings): Vendor {
  const { tenant, clientId, clientSecret, clientSecretFile, graphUrl, loginUrl } = settings
  const tokens = clientCredentials(resourceId, {
    tokenUrl: `${loginUrl}/${tenant}/oauth2/v2.0/token`,
    clientId,
    clientSecret,
    clientSecretFile,
    scope: `${graphUrl}/.default`,
    secretIn: 'body',
  })
  const call = async (fetch: Fetch, method: Call['method'], path: string) => {
    const answer = await send(fetch, {
      method,
      url: `${graphUrl}/v1.0/users/${path}`,
      headers: { authorization: `Bearer ${await tokens.get(fetch)}`, accept: 'application/json' },
    })
    if (answer.status === 401) tokens.forget()
    return answer
  }
  const isUnknown = (answer: Answer) => saysUnknown(answer, 'code', 'Request_ResourceNotFound')
  return {
    name: 'Entra',
    find: async (fetch, person) => {
      const answer = await call(fetch, 'GET', `${pathPart(resourceId, person)}?$select=id`)
      const id = idIn(answer)
      if (id === null && !isUnknown(answer)) throw refusal(resourceId, 'Microsoft Graph', answer)
      return id
    },
    end: async (fetch, id) => {
      const answer = await call(fetch, 'POST', `${pathPart(resourceId, id)}/revokeSignInSessions`)
      if (!isDone(answer) && !isUnknown(answer)) throw refusal(resourceId, 'Microsoft Graph', answer)
      return isDone(answer)
    },
  }
}

/** `{ "value": true }`, or no content. */
function isDone({ status, body }: Answer): boolean {
  const says = typeof body === 'object' && body !== null && 'value' in body && body.value === true
  return status === 204 || (status === 200 && says)
}
