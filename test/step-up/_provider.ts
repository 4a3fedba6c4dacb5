import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import type { SignInSettings } from '../../src/domain/step-up.ts'

/** What the provider says of the next sign-in. */
interface NextSignIn {
  subject: string
  /** How long ago. */
  secondsAgo: number
  acr: string
}

/** A real OpenID Connect provider. Nobody types anything: `next` says who signs in. */
export async function startProvider(redirectUri: string) {
  const next: NextSignIn = { subject: 'dana-1', secondsAgo: 0, acr: 'urn:acme:mfa' }
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'daypass',
        client_secret: 'a-secret-of-the-test',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
        require_auth_time: true,
      },
    ],
    acrValues: ['urn:acme:mfa', 'urn:acme:password'],
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a-key-of-the-test'] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })
  const callback = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    const ts = Math.floor(Date.now() / 1000) - next.secondsAgo
    const login = { accountId: next.subject, ts, acr: next.acr, remember: false }
    return provider.interactionFinished(request, response, { login })
  })
  const settings: SignInSettings = {
    issuer,
    clientId: 'daypass',
    clientSecret: () => 'a-secret-of-the-test',
    acrValues: [],
    maxAgeSeconds: 120,
  }
  return {
    settings,
    next,
    /** Goes through the sign-in as a browser does. Resolves with the query with which it comes back. */
    async signIn(url: string): Promise<string> {
      const cookies = new Map<string, string>()
      let at = url
      for (let steps = 0; steps < 10; steps += 1) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await fetch(at, { redirect: 'manual', headers: { cookie } })
        for (const set of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
          cookies.set(name, value)
        }
        const location = answer.headers.get('location')
        if (!location) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`)
        at = new URL(location, issuer).href
        if (at.startsWith(redirectUri)) return new URL(at).search.slice(1)
      }
      throw new Error('the provider sends the browser round and round')
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
