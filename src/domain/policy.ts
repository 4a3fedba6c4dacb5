import type { PersonKind } from './account.ts'
import type { Risk } from './catalog.ts'

/** `request`: may request; `selfServe`: approved by rule, without a person; `approve`: may decide this request. */
export const policyActions = ['request', 'selfServe', 'approve', 'revoke', 'audit'] as const
export type PolicyAction = (typeof policyActions)[number]

/** A person as policies see one, from facts no older than the caller allows. */
export interface PersonFacts {
  readonly userId: string
  readonly teamId: string
  /** The person beneath the account (see `personKey`). */
  readonly person: string
  readonly kind: PersonKind
  readonly isDeactivated: boolean
  readonly isBot: boolean
  readonly isGuest: boolean
  readonly isStranger: boolean
  /** Ids of those of the user groups named by the catalog or by a policy that this person is in. */
  readonly groups: readonly string[]
}

export interface ResourceFacts {
  readonly id: string
  readonly environment: string | null
  readonly approvers: readonly string[]
}

export interface EntitlementFacts {
  readonly id: string
  readonly risk: Risk
}

/** A question to the policies. The engine gets the security leads when it is made. */
export type PolicyQuestion = { readonly principal: PersonFacts; readonly now: Date } & (
  | {
      readonly action: 'request' | 'selfServe'
      readonly resource: ResourceFacts
      readonly entitlement: EntitlementFacts
      readonly durationSeconds: number
      readonly ticket: string | null
    }
  | {
      readonly action: 'approve'
      readonly resource: ResourceFacts
      readonly entitlement: EntitlementFacts
      readonly durationSeconds: number
      readonly requester: PersonFacts
    }
  | {
      readonly action: 'revoke'
      readonly resource: ResourceFacts
      readonly entitlement: EntitlementFacts
      readonly holder: PersonFacts
    }
  | { readonly action: 'audit'; readonly resource: ResourceFacts }
)

/** Whether to list an entitlement before the person has typed duration and ticket. */
export interface OfferQuestion {
  readonly principal: PersonFacts
  readonly now: Date
  readonly resource: ResourceFacts
  readonly entitlement: EntitlementFacts
}

export const policyEffects = ['permit', 'forbid'] as const
/** `no_rule`: nothing permitted it. `error`: a policy could not be evaluated, which is a refusal. */
export const policyOutcomes = ['permitted', 'forbidden', 'no_rule', 'error'] as const

/** One policy that decided, and the sentence a person reads. */
export interface DecidingPolicy {
  readonly id: string
  readonly effect: (typeof policyEffects)[number]
  readonly reason: string
}

/**
 * The result of the policies, and the policies that decided. The card, the audit event and the refusal all show this
 * object.
 */
export interface PolicyResult {
  readonly action: PolicyAction
  readonly allowed: boolean
  readonly outcome: (typeof policyOutcomes)[number]
  readonly decidedBy: readonly DecidingPolicy[]
  /** Messages of policies that failed to evaluate; for operators. */
  readonly errors: readonly string[]
  /** One sentence for the person who asked. */
  readonly sentence: string
}

/** Judges without IO: the same question always gets the same answer. */
export interface PolicyEngine {
  /** User groups that policies name: who is in them must be among `PersonFacts.groups`. */
  readonly userGroups: ReadonlySet<string>
  /** Whether a policy looks at the ticket: then the form asks for one. */
  readonly readsTicket: boolean
  judge(question: PolicyQuestion): PolicyResult
  /**
   * Whether some duration and some ticket, or none, may be permitted. For lists only: it gives nothing, and what is
   * submitted is judged by `judge`.
   */
  mayOffer(question: OfferQuestion): boolean
}
