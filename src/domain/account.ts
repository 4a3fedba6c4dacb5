/** The facts of an account in Slack, at `fetchedAt`. Source: `users.info`. */
export interface SlackAccount {
  readonly teamId: string
  readonly userId: string
  readonly displayName: string
  /** In lower case. Null: Slack does not show a confirmed address. */
  readonly confirmedEmail: string | null
  /** IANA name such as `Europe/Lisbon`. Null: Slack does not show one. */
  readonly timeZone: string | null
  readonly isDeactivated: boolean
  readonly isBot: boolean
  /** A guest of any kind, multi-channel or single-channel. */
  readonly isGuest: boolean
  /** The account belongs to another organisation, or to another team than the bot's. */
  readonly isStranger: boolean
  /** The time at which Slack deactivates a guest's account. */
  readonly guestExpiresAt: Date | null
  readonly fetchedAt: Date
}

export const personKinds = ['employee', 'contractor'] as const
export type PersonKind = (typeof personKinds)[number]

/** One Slack account, as Daypass stored it last. Two accounts may be one person: see `personKey`. */
export interface Account {
  readonly id: string
  readonly teamId: string
  readonly userId: string
  readonly kind: PersonKind
  readonly displayName: string
  readonly confirmedEmail: string | null
  readonly timeZone: string | null
  readonly guestExpiresAt: Date | null
}

/** A guest counts as a contractor and a full member as an employee, because engagements do not exist yet. */
export function kindOf(account: Pick<SlackAccount, 'isGuest'>): PersonKind {
  return account.isGuest ? 'contractor' : 'employee'
}

/**
 * Identifies the person of an account: two Slack accounts with the same confirmed address are one person. Used for
 * comparison, never shown.
 */
export function personKey(account: Pick<SlackAccount, 'teamId' | 'userId' | 'confirmedEmail'>): string {
  return account.confirmedEmail ?? `${account.teamId}/${account.userId}`
}
