import type { Account } from './account.ts'
import type { Engagement, Identity } from './engagement.ts'

/** An engagement with the account of its contractor, as messages show it. */
export interface EngagementView {
  readonly engagement: Engagement
  /** Of several accounts the first that is not deactivated. */
  readonly contractor: Account
}

/** An open engagement as lists and exports show it. */
export interface ContractorRow extends EngagementView {
  /** In the order of their systems. */
  readonly identities: readonly Identity[]
}

interface Purpose {
  /** Who gets it as a direct message. */
  readonly audience: 'sponsor' | 'contractor'
  /** Whether to post it now, if it was never posted. */
  readonly isWorthSaying: (view: EngagementView, now: Date) => boolean
}

const isOpen = ({ engagement }: EngagementView, now: Date) =>
  engagement.endedAt === null && now < engagement.endsAt

/** Every purpose of a message about an engagement. A message is posted once, and edited when the engagement changes. */
export const engagementPurposes = {
  'sponsor:ends_soon': {
    audience: 'sponsor',
    isWorthSaying: (view, now) => isOpen(view, now) && view.engagement.sponsor.isActive,
  },
  'sponsor:ended': {
    audience: 'sponsor',
    isWorthSaying: ({ engagement: { endedAt, sponsor } }) => endedAt !== null && sponsor.isActive,
  },
  'contractor:ended': {
    audience: 'contractor',
    isWorthSaying: ({ engagement, contractor }) => engagement.endedAt !== null && !contractor.isDeactivated,
  },
  'contractor:sponsor_left': {
    audience: 'contractor',
    isWorthSaying: (view, now) => isOpen(view, now) && !view.engagement.sponsor.isActive,
  },
} as const satisfies Record<string, Purpose>

export type EngagementPurpose = keyof typeof engagementPurposes
export const engagementPurposeNames = Object.keys(engagementPurposes) as EngagementPurpose[]

/** Identifies one message about an engagement. */
export interface EngagementMessageKey {
  readonly engagementId: string
  readonly purpose: EngagementPurpose
  /** The generation of the engagement, and for notices of the end the days before it. */
  readonly variant: number
}

/** The days before an end at which the sponsor is told. */
export const noticeDays = [7, 1] as const

export function endNotice({ id, generation }: Engagement, days: number): EngagementMessageKey {
  return { engagementId: id, purpose: 'sponsor:ends_soon', variant: generation * 10 + days }
}

/** Whether the message is about the engagement as it is now. */
export function isOfGeneration({ variant }: EngagementMessageKey, { generation }: Engagement): boolean {
  return Math.floor(variant / 10) === generation
}

export function engagementMessage(
  { id, generation }: Engagement,
  purpose: Exclude<EngagementPurpose, 'sponsor:ends_soon'>,
): EngagementMessageKey {
  return { engagementId: id, purpose, variant: generation * 10 }
}
