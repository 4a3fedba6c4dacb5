import type * as Oidc from 'openid-client'
import type { Json } from '../domain/json.ts'
import { type SignInSettings, signedInPath } from '../domain/step-up.ts'
import { type SignIn, SignInFailed } from '../domain/step-up-parts.ts'

const timeoutSeconds = 10
/** No answer in time, and an answer such as 502. */
const silent = new Set<unknown>(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'])

/**
 * The company's sign-in by OpenID Connect: authorization code with PKCE, and a new sign-in each time. Daypass keeps no session and no
 * token: only the proof, which is the signed id token. Its nonce is the challenge of the step-up. Scope `openid` alone, so that the
 * token holds no name and no address.
 */
export function createSignIns(origin: string): (settings: SignInSettings) => SignIn {
  const known = new Map<string, Promise<Oidc.Configuration>>()
  const configurationOf = (settings: SignInSettings) => {
    const key = JSON.stringify([settings.issuer, settings.clientId, settings.clientSecret()])
    const before = known.get(key)
    if (before) return before
    const discovered = discover(settings)
    known.set(key, discovered)
    // Another try after a failure.
    discovered.catch(() => known.delete(key))
    return discovered
  }
  return (settings) => ({
    async begin({ state, nonce, verifier }) {
      const oidc = await library()
      const configuration = await configurationOf(settings).catch(unavailable)
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: `${origin}${signedInPath}`,
        response_type: 'code',
        scope: 'openid',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state, nonce },
        prompt: 'login',
        max_age: String(settings.maxAgeSeconds),
        ...(settings.acrValues.length > 0 ? { acr_values: settings.acrValues.join(' ') } : {}),
      })
      return url.href
    },
    async finish(answer, { state, nonce, verifier }) {
      const oidc = await library()
      const configuration = await configurationOf(settings).catch(unavailable)
      const tokens = await oidc
        .authorizationCodeGrant(configuration, new URL(`${origin}${signedInPath}?${answer}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          maxAge: settings.maxAgeSeconds,
        })
        .catch(failed)
      const claims = tokens.claims()
      if (!claims) throw new SignInFailed('refused', 'the answer holds no id token')
      const { acrValues } = settings
      if (acrValues.length > 0 && !acrValues.includes(String(claims.acr)))
        throw new SignInFailed('refused', `the sign-in was of the strength ${claims.acr ?? 'unknown'}`)
      const { iss: issuer, sub: subject, acr = null, amr = null, auth_time: authTime = null } = claims
      const evidence: Record<string, Json> = {
        ...{ issuer, subject, acr: acr as Json, amr: amr as Json, auth_time: authTime as Json },
        id_token: tokens.id_token ?? null,
      }
      return { issuer, subject, evidence }
    },
  })
}

/** Loaded at the first sign-in: where there is none it costs no memory. */
function library() {
  return import('openid-client')
}

async function discover({ issuer, clientId, clientSecret }: SignInSettings): Promise<Oidc.Configuration> {
  const oidc = await library()
  const secret = clientSecret()
  const authentication = secret === null ? oidc.None() : oidc.ClientSecretPost(secret)
  const execute = [oidc.enableNonRepudiationChecks]
  // The catalog takes `http` only for this machine.
  if (new URL(issuer).protocol === 'http:') execute.push(oidc.allowInsecureRequests)
  return oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
    execute,
    timeout: timeoutSeconds,
  })
}

function unavailable(error: unknown): never {
  throw new SignInFailed('unavailable', messageOf(error), { cause: error })
}

/** The provider's own refusals and checks that failed, or no answer at all. */
function failed(error: unknown): never {
  // `fetch` throws a TypeError where there is no connection.
  const isSilent = error instanceof TypeError || silent.has(codeOf(error))
  throw new SignInFailed(isSilent ? 'unavailable' : 'refused', messageOf(error), { cause: error })
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
