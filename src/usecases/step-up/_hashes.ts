import { createHash, randomBytes } from 'node:crypto'
import { canonicalJson } from '../../domain/canonical-json.ts'
import type { Json } from '../../domain/json.ts'
import type { StatedTerms } from '../../domain/stated-terms.ts'
import type { IntentKind, StepUp } from '../../domain/step-up.ts'
import type { SignInSecrets } from '../../domain/step-up-parts.ts'
import type { AccountKey } from '../_shared/person.ts'

/** 32 random bytes: nobody guesses a link. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

export function newNonce(): string {
  return randomBytes(16).toString('hex')
}

/** Ten characters without those that look alike (50 bits). People read them to each other. */
export function newCode(): string {
  const letters = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'
  const text = [...randomBytes(10)].map((byte) => letters[byte % letters.length]).join('')
  return `${text.slice(0, 5)}-${text.slice(5)}`
}

/** A code as typed: in small letters, without the dash, or with I and L for 1 and O for 0. */
export function hashOfCode(typed: string): string {
  const code = typed
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
    .replaceAll(/[IL]/g, '1')
    .replaceAll('O', '0')
  return sha256(`passkey code ${code}`).toString('hex')
}

export function hashOfToken(token: string): string {
  return sha256(token).toString('hex')
}

/** What a link is bound to, as the audit log keeps it. `hashOfTerms` is over its canonical JSON. */
export function boundTerms(
  kind: IntentKind,
  by: AccountKey & { readonly personId: string },
  { facts, words }: StatedTerms,
  nonce: string,
): Record<string, Json> {
  const account = { team_id: by.teamId, user_id: by.userId, person_id: by.personId }
  // With the nonce, so that equal words of two links have different hashes.
  return { kind, account, ...facts, words_sha256: sha256(`${nonce}\n${words}`).toString('hex') }
}

export function hashOfTerms(terms: Json): string {
  return sha256(canonicalJson(terms)).toString('hex')
}

/** The challenge that an authenticator signs, and the nonce of a sign-in: for this link and these terms only. */
export function challengeOf({ id, kind, termsHash, nonce }: StepUp): Buffer {
  return sha256(canonicalJson({ step_up: id, kind, terms_sha256: termsHash, nonce }))
}

/** They follow from the token, which only the browser has. */
export function signInSecrets(token: string, stepUp: StepUp): SignInSecrets {
  return {
    state: sha256(`state ${token}`).toString('base64url'),
    nonce: challengeOf(stepUp).toString('base64url'),
    verifier: sha256(`verifier ${token}`).toString('base64url'),
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
