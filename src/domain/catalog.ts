import type { ActionTemplate, ActionValues } from './action.ts'
import type { ActivityRules } from './activity.ts'
import { type ApprovalPlan, namedIn } from './approval-plan.ts'
import type { Bundle } from './bundle.ts'
import type { ReviewRules } from './campaign.ts'
import type { Assurance, Connector } from './connector.ts'
import type { EntitlementContent } from './entitlement-content.ts'
import type { InsightRules } from './insight/insight.ts'
import type { NoticingRules } from './noticing/noticing-rules.ts'
import type { RecordRules } from './record/rules.ts'
import type { StreamRules } from './record/stream-rules.ts'
import type { ScheduledReport } from './scheduled-report.ts'
import type { StepUpMoment, StepUpRules } from './step-up.ts'
import type { PersonTasks } from './task.ts'
import type { Tracker } from './tracker.ts'

/** The harm that an entitlement can do, as its owners judge it. Ordered from least to most. */
export const risks = ['low', 'medium', 'high', 'critical'] as const
export type Risk = (typeof risks)[number]

/** Ids of resources and entitlements. People type them in Slack, and they are part of names at the target. */
export const idPattern = /^[a-z0-9][a-z0-9-]{0,62}$/

/** A Slack user (`U…`, `W…`) or a Slack user group (`S…`), as the catalog names people. */
export type PersonOrGroup = string

/** All resources and entitlements, as read from the catalog file. Immutable once loaded. */
export interface Catalog {
  /** SHA-256 of the file as it is written, in hex: which version of the catalog this is. */
  readonly contentHash: string
  readonly security: {
    /** The channel for failures and drift. */
    readonly channel: string
    /** The people who may audit and revoke everything. */
    readonly leads: readonly PersonOrGroup[]
    /** Absent: `usualStepUp`. */
    readonly stepUp?: StepUpRules
  }
  readonly defaults: {
    readonly requestTimeoutSeconds: number
    readonly remindAfterSeconds: number
    /** Seconds before the lease's end, longest first. */
    readonly expiryNoticesSeconds: readonly number[]
    /** How many requests one person may submit within an hour. A refusal says when to try again. */
    readonly requestsPerHour: number
    /** How many leases one person may take by rule (`selfServe`) within 24 hours, on all systems together. */
    readonly selfServePerPersonAndDay: number
    /** How long a pre-approval may be good for. */
    readonly longestPreApprovalSeconds: number
    /** How far ahead the start of a lease may be planned. Absent: `usualStartAheadSeconds`. */
    readonly longestStartAheadSeconds?: number
    /** How long the holder of an idle lease may take to answer. Absent: `usualIdleAnswerSeconds`. */
    readonly idleAnswerSeconds?: number
    /** Absent: `usualDrift`. */
    readonly drift?: DriftRules
  }
  /** Absent: `usualRecordRules`. */
  readonly record?: RecordRules
  /** Streams of the record to places outside. Absent: none. */
  readonly streams?: readonly StreamRules[]
  /** Absent: `usualActivityRules`. */
  readonly activity?: ActivityRules
  /** Access reviews, by id. Absent: none. */
  readonly reviews?: ReadonlyMap<string, ReviewRules>
  /** Absent: `usualNoticing`. */
  readonly noticing?: NoticingRules
  /** Reports that are posted in channels, by id. Absent: none. */
  readonly reports?: ReadonlyMap<string, ScheduledReport>
  /** Absent: owners get no weekly message. */
  readonly insight?: InsightRules
  readonly resources: ReadonlyMap<string, Resource>
  /** What people ask for together, by id. No resource has such an id. Absent: none. */
  readonly bundles?: ReadonlyMap<string, Bundle>
  /** The trackers of tickets, by id. Absent: none. */
  readonly trackers?: ReadonlyMap<string, Tracker>
}

export const usualStartAheadSeconds = 14 * 86_400
export const usualIdleAnswerSeconds = 15 * 60

/** What becomes of access at a target that disagrees with the grants. */
export interface DriftRules {
  /** Access that Daypass made and no grant accounts for: it is removed after a while, or only announced. */
  readonly unaccounted: 'remove' | 'announce'
  readonly removeAfterSeconds: number
  /** Active access that is no longer at the target: it is given again, or its lease ends. */
  readonly missing: 'restore' | 'end'
}
export const usualDrift: DriftRules = { unaccounted: 'remove', removeAfterSeconds: 600, missing: 'restore' }

/** One system instance, with the people who answer for it. */
export interface Resource {
  readonly id: string
  readonly name: string
  readonly environment: string | null
  /** For policies. Absent: none. */
  readonly tags?: readonly string[]
  readonly owners: { readonly channel: string; readonly approvers: readonly PersonOrGroup[] }
  /** When its owners are reminded of a pending request. Absent: as the defaults say. */
  readonly remindAfterSeconds?: number
  readonly connector: ConnectorSettings
  /** Everything that can be asked for here: access, and actions. */
  readonly entitlements: ReadonlyMap<string, Entitlement>
}

/** The way to reach a resource. The schema of its connector has read the settings; only the connector knows their shape. */
export interface ConnectorSettings {
  readonly kind: string
  /** Absent: not known, as in a catalog that was read without its variables. */
  readonly assurance?: Assurance
  /** Whether a connector made from the other would work in the same way. The settings themselves stay hidden: they hold secrets. */
  isSame(other: ConnectorSettings): boolean
  /**
   * The login to which access with this content is given. Null: the connector makes a login of its own. Absent: for any
   * content.
   */
  readonly loginFor?: (content: EntitlementContent) => LoginNeed | null
  /** The Slack user group of which access with this content makes a member. Null: of none. Absent: of none, for any content. */
  readonly userGroupFor?: (content: EntitlementContent) => string | null
  /**
   * How long a revocation may wait for a person until it counts as failed and security is told. Absent:
   * `usualEscalationSeconds`.
   */
  readonly escalateAfterSeconds?: number
  /** Why the target does not show what a holder does, as a sentence. Absent: it shows it, or nobody says. */
  readonly cannotTell?: string
  /** The target may show a use so many seconds later, so that it is asked once more after the end. Absent: it shows it at once. */
  readonly tellsLateSeconds?: number
  /** Who does by hand what the connector cannot do. Absent: it asks nobody. */
  readonly taskPeople?: TaskPeople
  /** What an action with this content will do with these values, exactly, for people. Absent: the connector has no actions. */
  readonly renderAction?: (content: EntitlementContent, values: ActionValues) => string
  /** Makes the connector of the resource. It does no IO yet. Throws `ConnectorError`. */
  open(resource: OfferingResource): Connector
}

/** The people who do what a connector cannot do, and where they are asked. */
export interface TaskPeople {
  /** Null: the approvers of the resource. */
  readonly assignees: readonly PersonOrGroup[] | null
  /** Null: the owners' channel. */
  readonly channel: string | null
  /** Each of them is asked in a direct message, and nobody in a channel. */
  readonly direct: boolean
  readonly remindAfterSeconds: number
}

/** The holder must have a login in the target system. */
export interface LoginNeed {
  /** The name of such a login, for people: "GitHub login". */
  readonly name: string
  /**
   * Where the login comes from. Absent: somebody answerable has confirmed it. `slack_account`: it is the user id of the account
   * that asked, so nobody has to confirm it.
   */
  readonly from?: 'slack_account'
}

/** The login that an entitlement needs; null where it needs none. */
export function loginNeededFor(
  { connector }: Pick<Resource, 'connector'>,
  { content, action }: Pick<Entitlement, 'content' | 'action'>,
): LoginNeed | null {
  return action ? null : (connector.loginFor?.(content) ?? null)
}

/** The names under which a login of this resource may be confirmed: its own, or that of all resources of its kind. */
export function loginSystemsOf({ id, connector }: Pick<Resource, 'id' | 'connector'>): string[] {
  return [id, connector.kind]
}

/** The data of a resource for its connector. */
export interface OfferingResource {
  readonly id: string
  readonly entitlements: ReadonlyMap<string, Pick<Entitlement, 'content' | 'action'>>
  /** Whether the members of this Slack user group decide something by the present catalog. Absent: not known. */
  readonly isDecidingGroup?: (userGroup: string) => boolean
  /** Where the connector orders work of people. Absent: there is no such place, as in a check of files. */
  readonly tasks?: PersonTasks
}

/** Something that a resource offers and people can request, with its limits: access for a time, or one exact action. */
export interface Entitlement {
  readonly id: string
  readonly resourceId: string
  readonly name: string
  readonly description: string | null
  readonly risk: Risk
  /** For policies, without those of its resource. Absent: none. */
  readonly tags?: readonly string[]
  /** Of an action: how long after its approval it may begin. The longest time is the same. */
  readonly defaultDurationSeconds: number
  readonly maxDurationSeconds: number
  readonly approvals: ApprovalPlan
  /** The approvers of this entitlement: its own, or those of the owners. */
  readonly approvers: readonly PersonOrGroup[]
  /** Channels that get a copy of each card, without buttons. */
  readonly tell: readonly string[]
  readonly justification: { readonly minLength: number }
  readonly ticket: {
    readonly pattern: string | null
    /** A ticket that `pattern` accepts, as an example for people. */
    readonly example: string | null
    readonly required: boolean
  }
  /** Its own limit on leases by rule. Null: the default of the catalog. */
  readonly selfServePerPersonAndDay: number | null
  /** A lease that nobody used for so long is asked about, and ends where nobody answers. Absent: it may be idle. */
  readonly idleAfterSeconds?: number
  /** The limit on access that is taken in an emergency. Null: nobody can break glass here. */
  readonly breakGlass: { readonly maxDurationSeconds: number } | null
  /** The moments that need a proof of who is clicking. Absent: none. */
  readonly stepUp?: readonly StepUpMoment[]
  /** It is one exact operation, which is run and over. Absent: it is access. */
  readonly action?: ActionTemplate
  /** The content that a grant gives at the target, or that an action does. */
  readonly content: EntitlementContent
}

/** The entitlement with its resource; null when the catalog does not have both. */
export function findEntitlement(
  catalog: Catalog,
  resourceId: string,
  entitlementId: string,
): { resource: Resource; entitlement: Entitlement } | null {
  const resource = catalog.resources.get(resourceId)
  const entitlement = resource?.entitlements.get(entitlementId)
  return resource && entitlement ? { resource, entitlement } : null
}

/** Whether anything in the catalog can ask for a proof. */
export function asksForProofs({ security, resources }: Pick<Catalog, 'security' | 'resources'>): boolean {
  if (security.stepUp) return true
  return [...resources.values()].some(({ entitlements }) =>
    [...entitlements.values()].some(({ stepUp = [] }) => stepUp.length > 0),
  )
}

/** Every user group of the catalog. Their members decide what a person may do. */
export function userGroupsOf(catalog: Catalog): Set<string> {
  const named = [...catalog.resources.values()].flatMap(({ owners, connector, entitlements }) => [
    ...owners.approvers,
    // They confirm what was given and taken away.
    ...(connector.taskPeople?.assignees ?? []),
    ...[...entitlements.values()].flatMap(({ approvals, approvers }) => [
      ...namedIn(approvals),
      ...approvers,
    ]),
  ])
  return new Set([...catalog.security.leads, ...named].filter(isUserGroup))
}

/**
 * The Slack user groups into which leases bring people, each with the first entitlement that does. Nobody may decide by such a
 * group: a lease would bring its holder among those who approve.
 */
export function userGroupsGivenBy({ resources }: Pick<Catalog, 'resources'>): Map<string, Entitlement> {
  const given = new Map<string, Entitlement>()
  for (const { connector, entitlements } of resources.values()) {
    for (const entitlement of entitlements.values()) {
      const group = entitlement.action ? null : connector.userGroupFor?.(entitlement.content)
      if (group && !given.has(group)) given.set(group, entitlement)
    }
  }
  return given
}

/** Slack user-group ids begin with `S`, user ids with `U` or `W`. */
export function isUserGroup(id: PersonOrGroup): boolean {
  return id.startsWith('S')
}
