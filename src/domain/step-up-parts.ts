import type { Json } from './json.ts'
import type { Authenticator } from './passkey.ts'
import type { SignInSettings } from './step-up.ts'

/** The values of one sign-in. They follow from the token of the link, so nothing of them is stored. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  /** PKCE: https://www.rfc-editor.org/rfc/rfc7636 */
  readonly verifier: string
}

/** A sign-in that was checked. */
export interface SignedIn {
  readonly subject: string
  readonly issuer: string
  /** What others need to check it again. */
  readonly evidence: Readonly<Record<string, Json>>
}

/** The company's sign-in. Both methods throw `SignInFailed`. */
export interface SignIn {
  /** The address of the provider to which the browser goes. */
  begin(secrets: SignInSecrets): Promise<string>
  /** `answer`: the query with which the browser came back. */
  finish(answer: string, secrets: SignInSecrets): Promise<SignedIn>
}

/** `refused`: the answer does not prove what it must prove. `unavailable`: the provider does not answer. The message is for operators. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed'
  readonly code: 'refused' | 'unavailable'
  constructor(code: SignInFailed['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/** The parts of the step-up page. */
export interface StepUpParts {
  /** As browsers send it: `https://daypass.example.com`. */
  readonly origin: string
  readonly authenticator: Authenticator
  signIn(settings: SignInSettings): SignIn
}
