/** When the owners get what Daypass learned. Absent in the catalog: never. */
export interface InsightRules {
  /** 1 is Monday. */
  readonly weekday: number
  readonly hour: number
  /** An IANA zone. */
  readonly zone: string
  /** How far back it looks. */
  readonly overSeconds: number
}
export const usualInsightSeconds = 90 * 86_400

/** What became of one entitlement in a time. */
export interface EntitlementHistory {
  readonly resourceId: string
  readonly entitlementId: string
  readonly requests: number
  readonly leases: number
  /** Approved by people. */
  readonly approved: number
  /** Denied, or expired without an answer. */
  readonly unapproved: number
  /** 95 of 100 approvals came within so many seconds. Null: there were none. */
  readonly approvedWithinSeconds: number | null
  /** The longest duration that people approved. */
  readonly longestSeconds: number | null
  /** Leases whose target showed a use and when it was last. */
  readonly usedLeases: number
  /** The median length of these leases. */
  readonly lastedSeconds: number | null
  /** 9 of 10 of these leases had their last use within so many seconds of their start. */
  readonly usedForSeconds: number | null
  /** Requests that were denied with the same words, by their numbers: the most frequent words. */
  readonly deniedAlike: readonly number[]
}

/** What the database tells for an insight. */
export interface InsightFacts {
  /** Whether there are requests from before this time. Otherwise nobody can say that something is never asked for. */
  readonly goesBack: boolean
  readonly entitlements: readonly EntitlementHistory[]
}

export const insightKinds = ['unused', 'always_approved', 'too_long', 'denied_alike'] as const

/** Something worth a change of the rules, with the change. */
export interface Insight {
  readonly kind: (typeof insightKinds)[number]
  readonly resourceId: string
  readonly entitlementId: string
  /** One sentence with numbers, without free text of people. */
  readonly headline: string
  readonly patch: InsightPatch
  /** The command that says what the change would have decided otherwise. */
  readonly replay: string
}

/** `remove`: the key that the text ends with, and all beneath it. Otherwise the text is added to what is there. */
export interface InsightPatch {
  readonly language: 'yaml' | 'cedar'
  readonly change: 'add' | 'remove'
  readonly text: string
}

/** What to do with the text of a patch. */
export function patchTitle({ language, change }: InsightPatch): string {
  if (change === 'remove') return 'Remove from the catalog'
  return language === 'yaml' ? 'Put into the catalog' : 'Put into a file of the policies'
}
