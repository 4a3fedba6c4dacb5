import type { GrantStatus } from '../grant.ts'
import type { Json } from '../json.ts'
import type { AlertAudience } from './setting.ts'

/** One fact behind an alert. An address is about a person, so it is in no event, and is removed with what was seen of the lease. */
export type EvidenceItem = { readonly label: string } & (
  | { readonly kind: 'number'; readonly value: number }
  /** A text of Daypass or of the catalog, never one that a person typed. */
  | { readonly kind: 'text'; readonly value: string }
  /** ISO 8601, in UTC. */
  | { readonly kind: 'instant'; readonly value: string }
  | { readonly kind: 'address'; readonly value: string }
)

export const alertStates = ['open', 'acknowledged', 'revoked'] as const
export type AlertState = (typeof alertStates)[number]

export interface AlertPerson {
  readonly id: string
  readonly personId: string
  readonly userId: string
}

/** Something that a rule noticed, and what people said of it. */
export interface Alert {
  readonly id: string
  /** `AL-12`. */
  readonly reference: string
  readonly rule: string
  readonly headline: string
  readonly evidence: readonly EvidenceItem[]
  readonly audience: AlertAudience
  readonly raisedAt: Date
  /** In a storm, alerts stand together in one message. Null: it has a message of its own. */
  readonly digestId: string | null
  readonly about: AlertPerson | null
  readonly alsoAbout: AlertPerson | null
  readonly requestId: string | null
  readonly grantId: string | null
  readonly resourceId: string | null
  readonly entitlementId: string | null
  readonly state: AlertState
  /** Null: it is open. */
  readonly answer: AlertAnswer | null
}

export interface AlertAnswer {
  readonly at: Date
  readonly by: { readonly id: string; readonly userId: string }
  /** Null: access was revoked, and the grant says why. */
  readonly reason: string | null
  /** Until then the rule says nothing of the same subject. */
  readonly mutedUntil: Date | null
}

/** An alert with the present state of its grant, for people. */
export interface AlertView {
  readonly alert: Alert
  /** `AR-1042`. */
  readonly requestReference: string | null
  readonly grant: {
    readonly isToBeTakenBack: boolean
    readonly status: GrantStatus
    readonly leaseEndsAt: Date | null
    readonly endedAt: Date | null
  } | null
}

/** The evidence without addresses, for the audit log. */
export function lastingEvidence(evidence: readonly EvidenceItem[]): Json {
  return Object.fromEntries(
    evidence.flatMap(({ kind, label, value }) => (kind === 'address' ? [] : [[label, value]])),
  )
}
