import { z } from 'zod'
import type { Json } from '../domain/json.ts'
import { type Authenticator, AuthenticatorRefused, type WebAuthnJson } from '../domain/passkey.ts'

/** Ed25519, ES256, RS256: https://www.iana.org/assignments/cose/cose.xhtml#algorithms */
const algorithms = [-8, -7, -257]
const timeoutMs = 120_000

const text = z.string().max(20_000)
// https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson
const assertion = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({ clientDataJSON: text, authenticatorData: text, signature: text }),
})
// https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson
const registration = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(20)).max(10).default([]),
  }),
})

/** Passkeys of this origin. User verification is always required: a finger, a face or a PIN, and not the mere presence of a key. */
export function createAuthenticator(origin: string): Authenticator {
  const { hostname: rpID } = new URL(origin)
  const expected = (challenge: Uint8Array) => ({
    expectedChallenge: base64url(challenge),
    expectedOrigin: origin,
    expectedRPID: rpID,
    requireUserVerification: true,
  })
  return {
    async assertionOptions(challenge, passkeys) {
      const { generateAuthenticationOptions } = await library()
      const options = await generateAuthenticationOptions({
        rpID,
        challenge: Uint8Array.from(challenge),
        timeout: timeoutMs,
        userVerification: 'required',
        allowCredentials: passkeys.map(({ credentialId: id, transports }) => ({
          id,
          transports: [...transports],
        })),
      })
      return plain(options)
    },
    async checkAssertion(answer, challenge, passkey) {
      const read = readAnswer(assertion, answer)
      refuseFrames(read.response.clientDataJSON)
      const publicKey = bytes(passkey.publicKey)
      const { verifyAuthenticationResponse } = await library()
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        ...expected(challenge),
        response: { ...read, clientExtensionResults: {} },
        // The counter is compared in the transaction that uses the proof, with the counter that is stored then.
        credential: { id: passkey.credentialId, publicKey, counter: 0 },
      }).catch(refused)
      if (!verified) throw new AuthenticatorRefused('the signature does not fit the public key')
      const { newCounter: counter, credentialDeviceType, credentialBackedUp } = authenticationInfo
      const { clientDataJSON, authenticatorData, signature } = read.response
      return {
        counter,
        evidence: {
          credential_id: passkey.credentialId,
          public_key: await jwkOf(publicKey),
          counter,
          // `verifyAuthenticationResponse` refuses an answer without either.
          flags: {
            user_present: true,
            user_verified: true,
            backup_eligible: credentialDeviceType === 'multiDevice',
            backed_up: credentialBackedUp,
          },
          ...{ origin, rp_id: rpID },
          authenticator_data: authenticatorData,
          client_data_json: clientDataJSON,
          signature,
        },
      }
    },
    async registrationOptions(challenge, { id, name }, passkeys) {
      const { generateRegistrationOptions } = await library()
      const options = await generateRegistrationOptions({
        rpName: 'Daypass',
        rpID,
        userID: new TextEncoder().encode(id),
        userName: name,
        userDisplayName: name,
        challenge: Uint8Array.from(challenge),
        timeout: timeoutMs,
        attestationType: 'none',
        excludeCredentials: passkeys.map(({ credentialId, transports }) => ({
          id: credentialId,
          transports: [...transports],
        })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        supportedAlgorithmIDs: algorithms,
      })
      return plain(options)
    },
    async checkRegistration(answer, challenge) {
      const read = readAnswer(registration, answer)
      refuseFrames(read.response.clientDataJSON)
      const { verifyRegistrationResponse } = await library()
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        ...expected(challenge),
        response: { ...read, clientExtensionResults: {} },
        supportedAlgorithmIDs: algorithms,
      }).catch(refused)
      if (!verified) throw new AuthenticatorRefused('the registration proves nothing')
      const { id: credentialId, publicKey, counter } = registrationInfo.credential
      return {
        credentialId,
        publicKey: base64url(publicKey),
        jwk: await jwkOf(Uint8Array.from(publicKey)),
        counter,
        transports: read.response.transports,
      }
    },
  }
}

/** Loaded at the first proof: where nobody proves anything it costs no memory. */
function library() {
  return import('@simplewebauthn/server')
}

function readAnswer<Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer {
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  throw new AuthenticatorRefused('this is no answer of an authenticator')
}

/** The page is never in a frame. The library lets a frame pass where the browser does not name the page around it. */
function refuseFrames(clientDataJson: string): void {
  const { data } = z.object({ crossOrigin: z.boolean().optional() }).safeParse(parse(bytes(clientDataJson)))
  if (data?.crossOrigin === true)
    throw new AuthenticatorRefused('the answer comes from a frame of another site')
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json))
  } catch {
    return null
  }
}

/** The library quotes the answer, in which anybody may write anything. The message goes into the audit log, so only its beginning is kept. */
function refused(error: unknown): never {
  const [what = ''] = (error instanceof Error ? error.message : '').split(/["':,]/)
  throw new AuthenticatorRefused(what.trim().slice(0, 100) || 'the answer cannot be read')
}

/**
 * A COSE key as a JSON Web Key, which more tools can read. Labels: https://www.rfc-editor.org/rfc/rfc9053#section-7 and
 * https://www.rfc-editor.org/rfc/rfc8230#section-4
 */
async function jwkOf(cose: Uint8Array<ArrayBuffer>): Promise<Json> {
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers')
  const key = decodeCredentialPublicKey(cose) as unknown as Map<number, number | Uint8Array>
  const part = (label: number) => base64url(key.get(label) as Uint8Array)
  switch (key.get(1)) {
    case 1:
      return { kty: 'OKP', crv: 'Ed25519', x: part(-2) }
    case 2:
      return { kty: 'EC', crv: 'P-256', x: part(-2), y: part(-3) }
    default:
      return { kty: 'RSA', n: part(-1), e: part(-2) }
  }
}

function plain(options: object): WebAuthnJson {
  return JSON.parse(JSON.stringify(options)) as WebAuthnJson
}

function base64url(data: Uint8Array): string {
  return Buffer.from(data).toString('base64url')
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}
