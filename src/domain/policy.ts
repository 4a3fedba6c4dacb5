import type { Risk } from './catalog.ts'
import type { Json } from './json.ts'
import type { PersonKind } from './person.ts'
import type { VerifiedFacts } from './step-up.ts'

/**
 * `request`: may request; `selfServe`: approved by rule, without a person; `breakGlass`: may take access in an emergency;
 * `approve`: may decide this request; `preApprove`: may approve further requests like this one in advance; `review`: may
 * review this use of break-glass; `manageContractor`: may make this change to the engagement of this person.
 */
export const policyActions = [
  'request',
  'selfServe',
  'breakGlass',
  'approve',
  'preApprove',
  'revoke',
  'review',
  'audit',
  'manageContractor',
] as const
export type PolicyAction = (typeof policyActions)[number]

/** A person as policies see one. The facts are no older than the caller allows. */
export interface PersonFacts {
  readonly userId: string
  readonly teamId: string
  /** The person beneath the account (the id of `Account.personId`). */
  readonly person: string
  readonly kind: PersonKind
  readonly isDeactivated: boolean
  readonly isBot: boolean
  readonly isGuest: boolean
  readonly isStranger: boolean
  /** The engagement that holds now. Null: there is none. */
  readonly engagement: EngagementFacts | null
  /** Ids of the user groups that the catalog or a policy names and this person is in. */
  readonly groups: readonly string[]
  /** User groups that a policy names and Slack does not know. A policy that names one cannot be judged. Absent: none. */
  readonly unknownGroups?: readonly string[]
}

/** Whether these user ids and user groups name this person. */
export function isNamedIn(
  names: readonly string[],
  { userId, groups }: Pick<PersonFacts, 'userId' | 'groups'>,
): boolean {
  return names.some((name) => name === userId || groups.includes(name))
}

export interface EngagementFacts {
  readonly company: string
  readonly tags: readonly string[]
  readonly startsAt: Date
  readonly endsAt: Date
  readonly sponsor: SponsorFacts
}

export interface SponsorFacts {
  readonly person: string
  readonly displayName: string
  readonly userId: string
  readonly isActive: boolean
}

/** The changes to a contractor's engagement, logins and accounts. `see`: no change. */
export const contractorChanges = [
  'see',
  'add',
  'extend',
  'end',
  'handOver',
  'confirmIdentity',
  'linkAccounts',
] as const
export type ContractorChange = (typeof contractorChanges)[number]

/** The person whose engagement is to change. */
export interface ContractorFacts {
  readonly person: string
  /** The open engagement, which may begin later. */
  readonly engagement: EngagementFacts | null
}

/** The person who is to be the sponsor. */
export type NewSponsorFacts = SponsorFacts & { readonly kind: PersonKind }

export interface ResourceFacts {
  readonly id: string
  readonly environment: string | null
  readonly approvers: readonly string[]
  /** Absent: none. */
  readonly tags?: readonly string[]
}

/**
 * Stands for all resources: to those that left the catalog, and to one person's access to any. A person who may audit or revoke it
 * may do so everywhere.
 */
export const everyResource: ResourceFacts = { id: '*', environment: null, tags: [], approvers: [] }

export interface EntitlementFacts {
  readonly id: string
  readonly risk: Risk
  /** Without those of its resource. Absent: none. */
  readonly tags?: readonly string[]
}

/** Facts about the requester's situation that are looked up only if a policy names them. */
export const circumstanceNames = [
  'localHour',
  'localWeekday',
  'activeLeases',
  'activeLeasesHere',
  'requestsInLastDay',
] as const
/** All facts that are looked up only if a policy names them. */
export const lookedUpNames = [...circumstanceNames, 'approvedByRequesterLately', 'verified'] as const
export type CircumstanceName = (typeof circumstanceNames)[number]

/** Null: not known. A policy that names it then cannot be judged, and the answer is no. */
export type Circumstances = {
  /** `localHour`: 0 to 23. `localWeekday`: 1 is Monday, 7 is Sunday. Both in the requester's time zone. */
  readonly [Name in CircumstanceName]: number | null
}

/** The approvals of the request so far, as one approver meets them. */
export interface ApprovalFacts {
  /** The name of the open stage. */
  readonly stage: string
  /** Whether this person approved an earlier stage. */
  readonly approvedEarlierStage: boolean
  /** Whether the catalog lets one person approve two stages. */
  readonly samePersonInTwoStages: boolean
  /** The number of other people whose approval counts already. */
  readonly otherApprovals: number
  /** Whether the request would be approved by this click. */
  readonly isLastApproval: boolean
  /** Whether the requester approved a request of this person within 30 days. False also where no policy names it. */
  readonly approvedByRequesterLately: boolean
}

/** A question to the policies. The engine gets the security leads when it is made. */
export type PolicyQuestion = {
  readonly principal: PersonFacts
  readonly now: Date
  /** Of the requester. Absent: none of it is known. */
  readonly circumstances?: Circumstances
  /** Whether the access is taken by break-glass. Absent: as the action says. */
  readonly isBreakGlass?: boolean
  /** The proof that the principal gave for this. Absent: none. */
  readonly verified?: VerifiedFacts
} & (
  | {
      readonly action: 'request' | 'selfServe' | 'breakGlass'
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
      /** Of the request. Absent: it names none. */
      readonly ticket?: string | null
      readonly requester: PersonFacts
      readonly approval: ApprovalFacts
    }
  | {
      readonly action: 'preApprove'
      readonly resource: ResourceFacts
      readonly entitlement: EntitlementFacts
      /** The longest lease of each use. */
      readonly durationSeconds: number
      /** How long the pre-approval is good for. */
      readonly goodForSeconds: number
      readonly requester: PersonFacts
    }
  | {
      readonly action: 'revoke' | 'review'
      readonly resource: ResourceFacts
      readonly entitlement: EntitlementFacts
      readonly holder: PersonFacts
    }
  /** `revoke`: all access to this resource at once, and a freeze of it. */
  | { readonly action: 'revoke' | 'audit'; readonly resource: ResourceFacts }
  | {
      readonly action: 'manageContractor'
      readonly change: ContractorChange
      readonly contractor: ContractorFacts
      /** Null: the change names no new sponsor. */
      readonly newSponsor: NewSponsorFacts | null
    }
)

/** Whether to list an entitlement before the person has typed duration and ticket. */
export interface OfferQuestion {
  readonly principal: PersonFacts
  readonly now: Date
  readonly resource: ResourceFacts
  readonly entitlement: EntitlementFacts
}

export const policyEffects = ['permit', 'forbid'] as const
/** `no_rule`: no policy permitted it. `error`: a policy could not be evaluated, which is a refusal. */
export const policyOutcomes = ['permitted', 'forbidden', 'no_rule', 'error'] as const

/** One policy that decided, and the sentence that a person reads. */
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
  /** Error messages of policies that could not be evaluated, for operators. */
  readonly errors: readonly string[]
  /** One sentence for the person whom it concerns. */
  readonly sentence: string
  /** Absent: the result of an earlier version of Daypass, or of no policy. */
  readonly basis?: PolicyBasis
}

/** What a result was decided from. */
export interface PolicyBasis {
  /** `Catalog.contentHash` */
  readonly catalog: string
  /** `PolicyEngine.contentHash` */
  readonly policies: string
  /** The question, so that it can be judged again by other policies. Absent: the event does not keep it. */
  readonly facts?: Json
  /** The user groups whose members were looked up, besides those of the catalog. */
  readonly userGroups?: readonly string[]
}

/** Evaluates policies without IO: the same question always has the same answer. */
export interface PolicyEngine {
  /** SHA-256 of the policy files as they are written, in hex: which version of the policies this is. */
  readonly contentHash: string
  /** User groups that policies name. `PersonFacts.groups` must include those that the person is in. */
  readonly userGroups: ReadonlySet<string>
  /** Whether a policy reads the ticket. The form then has a field for it. */
  readonly readsTicket: boolean
  /** The facts that a policy names, of those that are looked up only then. */
  readonly reads: ReadonlySet<(typeof lookedUpNames)[number]>
  /** Whether any policy can permit `selfServe`. If not, that question has no need to be asked. */
  readonly mayServeItself: boolean
  judge(question: PolicyQuestion): PolicyResult
  /**
   * Whether the policies may permit a request with some duration, and with some ticket or none. For lists only: `judge`
   * decides a submitted request.
   */
  mayOffer(question: OfferQuestion): boolean
}
