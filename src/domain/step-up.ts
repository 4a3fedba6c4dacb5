import type { NamedScope } from './freeze.ts'
import type { Json } from './json.ts'

/** The moments at which the catalog can ask an entitlement for a step-up: a fresh proof of who is clicking. */
export const stepUpMoments = ['request', 'approve', 'credentials', 'break-glass'] as const
export type StepUpMoment = (typeof stepUpMoments)[number]

/** The ways to give a proof. `passkey`: WebAuthn with user verification. `sign-in`: the company's sign-in (OpenID Connect). */
export const stepUpMethods = ['passkey', 'sign-in'] as const
export type StepUpMethod = (typeof stepUpMethods)[number]

/** What a person may do instead who cannot give the proof. The page says it in words; Daypass never takes less by itself. */
export const stepUpAlternatives = ['nothing', 'other-approvers', 'security-lead'] as const
export type StepUpAlternative = (typeof stepUpAlternatives)[number]

/** The rules of the catalog about proofs. */
export interface StepUpRules {
  readonly methods: readonly StepUpMethod[]
  /** A passkey counts for `critical` this long after it was added. */
  readonly coolingSeconds: number
  readonly otherwise: StepUpAlternative
  /** The approver of an account that changed so lately needs a proof for every approval. Null: changes ask for none. */
  readonly afterChangeSeconds: number | null
  /** Whether all access of a person, of a system or of everybody is taken back only with a proof. */
  readonly revokeAll: boolean
  /** Whether a freeze is lifted only with a proof. */
  readonly liftFreeze: boolean
  /** Null: there is no sign-in of the company. */
  readonly signIn: SignInSettings | null
}

export const usualStepUp: StepUpRules = {
  methods: ['passkey'],
  coolingSeconds: 86_400,
  otherwise: 'nothing',
  afterChangeSeconds: null,
  revokeAll: false,
  liftFreeze: false,
  signIn: null,
}

/** A person's subject at the company's sign-in is one of the confirmed logins, under this system. */
export const signInSystem = 'sign-in'

/** The company's OpenID Connect provider. */
export interface SignInSettings {
  readonly issuer: string
  readonly clientId: string
  /** A function, so that nothing prints it. Null: a public client, which PKCE alone protects. */
  readonly clientSecret: () => string | null
  /** One of them must be in the answer. Empty: any. */
  readonly acrValues: readonly string[]
  /** The sign-in must be no older than this. */
  readonly maxAgeSeconds: number
}

/** A click that waits for its proof, as the use-case that carries it out takes it. Stored with the link, and removed once it is used. */
export type Intent =
  | {
      readonly kind: 'decide'
      readonly requestId: string
      readonly verdict: 'approve' | 'deny'
      readonly reason: string | null
      readonly stage: number | null
      readonly duration: string | null
    }
  | {
      readonly kind: 'pre_approve'
      readonly requestId: string
      readonly lastDay: string
      readonly duration: string
      readonly reason: string
    }
  | ({
      readonly kind: 'request'
      /** The planned start, as an ISO instant: what was typed may mean another one later. Null: as soon as it is approved. */
      readonly startsAt: string | null
      /** Of an action: the values as they were typed, by the names of the parameters. */
      readonly parameters: Readonly<Record<string, string>>
    } & IntendedAsk)
  | ({ readonly kind: 'break_glass'; readonly confirmed: boolean } & IntendedAsk)
  | ({ readonly kind: 'extend'; readonly requestId: string } & IntendedTerms)
  | {
      readonly kind: 'credentials'
      readonly requestId: string
      readonly interactionKey: string
      readonly publicKey: string | null
    }
  | {
      readonly kind: 'panic'
      readonly named: NamedScope
      readonly reason: string
      readonly freezeUntil: string | null
      readonly submissionKey: string
    }
  | { readonly kind: 'lift_freeze'; readonly freezeId: string }
  | { readonly kind: 'add_passkey' }
  | { readonly kind: 'remove_passkey'; readonly passkeyId: string }
  /** A security lead lets another person add a first passkey. */
  | { readonly kind: 'issue_code'; readonly userId: string }
  /** A security lead says which subject of the company's sign-in another person is. */
  | { readonly kind: 'link_sign_in'; readonly userId: string; readonly subject: string }
export type IntentKind = Intent['kind']

interface IntendedTerms {
  readonly duration: string | null
  readonly justification: string
  readonly ticket: string | null
  readonly submissionKey: string
}
interface IntendedAsk extends IntendedTerms {
  readonly resourceId: string
  readonly entitlementId: string
}

/** The address to which the company's sign-in sends the browser back. It is registered there for the client. */
export const signedInPath = '/step-up/signed-in'

/** A link works for so long. A sign-in that began within it may take longer, once. */
export const linkSeconds = 120
export const signInSeconds = 300

/** A link to the step-up page. Only the hash of its token is stored. */
export interface StepUp {
  readonly id: string
  readonly accountId: string
  /** The person beneath the account when the link was made. */
  readonly personId: string
  readonly kind: IntentKind
  /** Null: none is concerned. */
  readonly requestId: string | null
  /** Null: it was used. */
  readonly intent: Intent | null
  /** SHA-256 in hex of what is to be confirmed (`hashOfTerms`). */
  readonly termsHash: string
  /** Random, in hex. It makes the challenge of each link another one. */
  readonly nonce: string
  /** The window in Slack that holds the link. Null: none is known. */
  readonly viewId: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly usedAt: Date | null
}
export type NewStepUp = Omit<StepUp, 'id' | 'usedAt' | 'intent'> & {
  readonly intent: Intent
  readonly tokenHash: string
}

/** A proof that was checked, for one step-up. The use-case that needs it uses it up in its transaction. */
export interface Proof {
  readonly stepUpId: string
  readonly method: StepUpMethod
  /** When the person proved it. */
  readonly at: Date
  /** Kept in the audit event, so that others can check it later. */
  readonly evidence: Json
  /** Of a passkey: its new state. */
  readonly passkey?: { readonly id: string; readonly counter: number }
}

/** The proof cannot be used: its link was used or is too old, or its passkey was removed or has a counter that went back. */
export class ProofNotUsable extends Error {
  override readonly name = 'ProofNotUsable'
  readonly why: 'used' | 'expired' | 'passkey_removed' | 'counter_went_back'
  constructor(why: ProofNotUsable['why']) {
    super(`the proof cannot be used: ${why}`)
    this.why = why
  }
}

/** The part of `context.verified` that policies see. */
export interface VerifiedFacts {
  readonly method: StepUpMethod
  readonly ageSeconds: number
}
