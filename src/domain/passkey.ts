import type { Json } from './json.ts'

/** Who let a passkey be added: a code of a security lead or of the command line, the company's sign-in, or another passkey. */
export const passkeyGrounds = ['code', 'sign-in', 'passkey'] as const
export type PasskeyGround = (typeof passkeyGrounds)[number]

/** A WebAuthn credential of one person. */
export interface Passkey {
  readonly id: string
  readonly personId: string
  /** As the person calls it. */
  readonly name: string
  /** Base64url. */
  readonly credentialId: string
  /** COSE key, base64url: https://www.w3.org/TR/webauthn-3/#sctn-encoded-credPubKey-examples */
  readonly publicKey: string
  /** The greatest signature counter that was seen. 0: the authenticator does not count. */
  readonly counter: number
  readonly transports: readonly string[]
  readonly ground: PasskeyGround
  readonly addedAt: Date
  readonly lastUsedAt: Date | null
  readonly removedAt: Date | null
}
export type NewPasskey = Omit<Passkey, 'id' | 'lastUsedAt' | 'removedAt'>

/** When this passkey counts for `critical`. */
export function countsForCriticalFrom({ addedAt }: Pick<Passkey, 'addedAt'>, coolingSeconds: number): Date {
  return new Date(addedAt.getTime() + coolingSeconds * 1000)
}

/** What a code stands for: it was handed over, or a sign-in gave it to the page that goes on with the passkey. */
export const codeGrounds = ['code', 'sign-in'] as const

/** A one-time code that lets one person add a first passkey. Only its hash is stored. */
export interface PasskeyCode {
  readonly id: string
  readonly personId: string
  readonly ground: (typeof codeGrounds)[number]
  /** Null: the command line or a sign-in made it. */
  readonly issuedById: string | null
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly usedAt: Date | null
}
/** A code works for so long. */
export const codeSeconds = 3600

/** What the browser's `navigator.credentials` takes and gives: https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON */
export type WebAuthnJson = Readonly<Record<string, Json>>

/** An assertion that was checked. */
export interface CheckedAssertion {
  readonly counter: number
  /** What others need to check it again. */
  readonly evidence: Readonly<Record<string, Json>>
}

/** A registration that was checked. */
export interface CheckedRegistration {
  readonly credentialId: string
  readonly publicKey: string
  /** The same key as a JSON Web Key, as the audit log has it. */
  readonly jwk: Json
  readonly counter: number
  readonly transports: readonly string[]
}

/** The answer of an authenticator does not prove what it must prove. The message is for operators. */
export class AuthenticatorRefused extends Error {
  override readonly name = 'AuthenticatorRefused'
}

/** Makes and checks what goes to and comes from authenticators. No IO. */
export interface Authenticator {
  /** For `navigator.credentials.get`. */
  assertionOptions(challenge: Uint8Array, passkeys: readonly Passkey[]): Promise<WebAuthnJson>
  /** Throws `AuthenticatorRefused`. */
  checkAssertion(answer: unknown, challenge: Uint8Array, passkey: Passkey): Promise<CheckedAssertion>
  /** For `navigator.credentials.create`. */
  registrationOptions(
    challenge: Uint8Array,
    person: { readonly id: string; readonly name: string },
    passkeys: readonly Passkey[],
  ): Promise<WebAuthnJson>
  /** Throws `AuthenticatorRefused`. */
  checkRegistration(answer: unknown, challenge: Uint8Array): Promise<CheckedRegistration>
}
