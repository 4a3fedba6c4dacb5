import type { Fetch } from '../../_shared/own-connections.ts'
import { type Answer, type Call, refusal, send } from '../http.ts'
import type { SessionSettings } from '../schema.ts'
import { fixedToken } from '../token.ts'
import { idIn, pathPart, saysUnknown } from './answers.ts'
import type { Vendor } from './vendor.ts'

type OktaSettings = Extract<SessionSettings, { vendor: 'okta' }>

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserSessions/ */
export function okta(resourceId: string, { url, token, tokenFile, oauthTokens }: OktaSettings): Vendor {
  const secret = fixedToken(resourceId, token, tokenFile)
  const call = async (fetch: Fetch, method: Call['method'], path: string) =>
    send(fetch, {
      method,
      url: `${url}/api/v1/users/${path}`,
      headers: { authorization: `SSWS ${await secret.get(fetch)}`, accept: 'application/json' },
    })
  // E0000007: resource not found. https://developer.okta.com/docs/reference/error-codes/
  const isUnknown = (answer: Answer) => saysUnknown(answer, 'errorCode', 'E0000007')
  return {
    name: 'Okta',
    find: async (fetch, person) => {
      const answer = await call(fetch, 'GET', pathPart(resourceId, person))
      const id = idIn(answer)
      if (id === null && !isUnknown(answer)) throw refusal(resourceId, 'Okta', answer)
      return id
    },
    end: async (fetch, id) => {
      const path = `${pathPart(resourceId, id)}/sessions?oauthTokens=${oauthTokens}`
      const answer = await call(fetch, 'DELETE', path)
      if (answer.status !== 204 && !isUnknown(answer)) throw refusal(resourceId, 'Okta', answer)
      return answer.status === 204
    },
  }
}
