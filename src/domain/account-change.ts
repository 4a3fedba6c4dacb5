/** Changes after which somebody else may be behind an account. Slack tells of no others: neither phone nor sessions. */
export const accountChanges = ['email', 'reactivated'] as const
export type AccountChange = (typeof accountChanges)[number]

export interface AccountChangeSeen {
  readonly what: AccountChange
  readonly at: Date
}
