import type { AccountChangeSeen } from './account-change.ts'
import type { Engagement } from './engagement.ts'

export const personKinds = ['employee', 'contractor'] as const
export type PersonKind = (typeof personKinds)[number]

/** The person of one Slack account, as Daypass knows the person now. */
export interface KnownPerson {
  readonly id: string
  /** A contractor is a guest in Slack, or has or had an engagement. */
  readonly kind: PersonKind
  /** The open engagement, which may begin later. Null: there is none. */
  readonly engagement: Engagement | null
  /** The last change of this account after which somebody else may be behind it. Null: none was seen. */
  readonly change: AccountChangeSeen | null
}
