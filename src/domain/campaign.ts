import type { Account } from './account.ts'

/** What a review looks at: leases, approvals in advance, contracts of contractors, and access that Daypass did not give. */
export const itemKinds = ['lease', 'pre_approval', 'engagement', 'standing'] as const
export type ItemKind = (typeof itemKinds)[number]

/** What nothing decided means at the deadline. `escalate`: the security leads get more time. */
export const undecidedRules = ['keep', 'end', 'escalate'] as const
export type UndecidedRule = (typeof undecidedRules)[number]

export const itemVerdicts = ['keep', 'end', 'shorten'] as const
export type ItemVerdict = (typeof itemVerdicts)[number]

/** How often a review begins: after so many seconds, or at the beginning of each calendar month, quarter or year in UTC. */
export type ReviewPeriod = { readonly seconds: number } | 'month' | 'quarter' | 'year'

/** What a review is about, and how it goes on. */
export interface ReviewScope {
  readonly name: string
  /** Null: all resources of the catalog. */
  readonly resourceIds: readonly string[] | null
  readonly of: readonly ItemKind[]
  /** Shorter leases end before anybody looks. */
  readonly leasesLongerThanSeconds: number
  readonly deadlineSeconds: number
  /** Seconds before the deadline. */
  readonly remindersSeconds: readonly number[]
  readonly undecided: UndecidedRule
}

/** A review that the catalog names. */
export interface ReviewRules extends ReviewScope {
  readonly id: string
  /** Null: only when somebody starts it. */
  readonly every: ReviewPeriod | null
}

/** A review that the catalog does not name. */
export const usualReview: ReviewScope = {
  name: 'Access review',
  resourceIds: null,
  of: itemKinds,
  leasesLongerThanSeconds: 86_400,
  deadlineSeconds: 14 * 86_400,
  remindersSeconds: [7 * 86_400, 2 * 86_400, 86_400],
  undecided: 'keep',
}

export type CampaignReference = `RV-${number}`

/** A resource whose standing access nobody can list, and why. */
export interface NotCovered {
  readonly resourceId: string
  readonly because: string
}

/** One access review, from its start to its sign-off. */
export interface Campaign extends ReviewScope {
  readonly id: string
  readonly reference: CampaignReference
  /** The review in the catalog. Null: none. */
  readonly reviewId: string | null
  readonly startedAt: Date
  /** Null: the schedule, or the command line. */
  readonly startedById: string | null
  readonly dueAt: Date
  /** Null: the items are being collected. */
  readonly collectedAt: Date | null
  readonly notCovered: readonly NotCovered[]
  /** When what was undecided went to the security leads. */
  readonly escalatedAt: Date | null
  /** Somebody wants it to be closed now. */
  readonly closingAt: Date | null
  readonly remindedAt: Date | null
  readonly closedAt: Date | null
  readonly signedOff: { readonly at: Date; readonly by: Pick<Account, 'id' | 'userId'> } | null
}

export type NewCampaign = ReviewScope &
  Pick<Campaign, 'reviewId' | 'startedAt' | 'startedById' | 'dueAt'> & {
    /** A second start for the same period finds the first. Null: anybody may start another one. */
    readonly scheduleKey: string | null
  }

/** Something that one person has, to be decided. */
export interface NewItem {
  readonly kind: ItemKind
  /** The account that has it. Null: nobody knows whose login it is. */
  readonly accountId: string | null
  /** The name of the person, or the login. */
  readonly who: string
  readonly resourceId: string | null
  readonly entitlementId: string | null
  /** What they have, for people: "Read orders". */
  readonly what: string
  readonly since: Date | null
  readonly requestId: string | null
  readonly grantId: string | null
  readonly preApprovalId: string | null
  readonly engagementId: string | null
  /** For standing access: what tells it from all other access at the resource. */
  readonly standingKey: string | null
}

/** `used`: with its time in `lastUsedAt`, where that is known. */
export const itemUses = ['used', 'never', 'none_seen', 'not_known'] as const
export type ItemUse = (typeof itemUses)[number]

/** An item, with what is true of it now. */
export interface CampaignItem extends NewItem {
  readonly id: string
  readonly campaignId: string
  readonly personId: string | null
  readonly userId: string | null
  /** When it ends by itself, now. Null: never, or nobody knows. */
  readonly until: Date | null
  readonly use: ItemUse
  readonly lastUsedAt: Date | null
  /** User ids of those who are asked. */
  readonly reviewers: readonly string[]
  /** Nobody who answers for it may judge it, so it went to the security leads. */
  readonly byLeads: boolean
  readonly decision: ItemDecision | null
  /** It was over before anybody decided. */
  readonly overAt: Date | null
  /** When it was really gone, and what shows that. Null: it is there. */
  readonly gone: { readonly at: Date; readonly proof: string } | null
}

export interface ItemDecision {
  readonly verdict: ItemVerdict
  readonly at: Date
  /** Null: nobody decided in time, and the rules of the review did. */
  readonly by: Pick<Account, 'id' | 'userId' | 'personId'> | null
  readonly reason: string | null
  /** The new end. */
  readonly until: Date | null
}

/** `ending`: it is to be taken away, and is still there. */
export type ItemState = 'open' | 'over' | 'kept' | 'shortened' | 'ending' | 'ended'

export function stateOf({ decision, overAt, gone }: CampaignItem): ItemState {
  if (!decision) return overAt ? 'over' : 'open'
  if (decision.verdict === 'keep') return 'kept'
  if (decision.verdict === 'shorten') return 'shortened'
  return gone ? 'ended' : 'ending'
}

export interface CampaignCounts extends Record<ItemState, number> {
  readonly all: number
  /** Decided because nobody had decided in time. */
  readonly byRule: number
}

export function countItems(items: readonly CampaignItem[]): CampaignCounts {
  const counts = {
    all: items.length,
    open: 0,
    over: 0,
    kept: 0,
    shortened: 0,
    ending: 0,
    ended: 0,
    byRule: 0,
  }
  for (const item of items) {
    counts[stateOf(item)] += 1
    if (item.decision && item.decision.by === null) counts.byRule += 1
  }
  return counts
}

/** Items of one person together, by name. */
export function byPerson(items: readonly CampaignItem[]): (readonly CampaignItem[])[] {
  const groups = new Map<string, CampaignItem[]>()
  for (const item of items) {
    const key = item.personId ?? `login ${item.who}`
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()].toSorted((a, b) => (a[0]?.who ?? '').localeCompare(b[0]?.who ?? ''))
}

/** Whether it can be given an earlier end. */
export function mayShorten({ kind }: Pick<CampaignItem, 'kind'>): boolean {
  return kind === 'lease' || kind === 'engagement'
}

/**
 * A message about a campaign. `reviewer`: what one person has to decide, edited. `reminder`: a new message, because an edit notifies
 * nobody. `security`: how far it is. `closed`: the result, to be signed off. `removal`: what the owners of a resource have to remove by hand.
 */
export type CampaignMessage =
  | { readonly kind: 'reviewer'; readonly userId: string }
  | { readonly kind: 'reminder'; readonly userId: string; readonly number: number }
  | { readonly kind: 'security' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'removal'; readonly resourceId: string }

/** Tells one message of a campaign from the others. */
export function campaignMessageKey(message: CampaignMessage): string {
  switch (message.kind) {
    case 'reviewer':
      return `reviewer ${message.userId}`
    case 'reminder':
      return `reminder ${message.userId} ${message.number}`
    case 'removal':
      return `removal ${message.resourceId}`
    case 'security':
    case 'closed':
      return message.kind
  }
}

/** A campaign with its items, as messages and commands show it. */
export interface CampaignView {
  readonly campaign: Campaign
  readonly items: readonly CampaignItem[]
}

/** Reads `RV-12`. Null: it is no reference of a campaign. */
export function parseCampaignReference(text: string): number | null {
  const match = /^RV-([1-9]\d{0,8})$/i.exec(text.trim())
  return match ? Number(match[1]) : null
}
