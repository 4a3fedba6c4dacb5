/** The facts of an account in Slack, at `fetchedAt`. Source: `users.info`. */
export interface SlackAccount {
  readonly teamId: string
  readonly userId: string
  readonly displayName: string
  /** Lower case; null unless Slack says that it is confirmed. */
  readonly confirmedEmail: string | null
  /** IANA name such as `Europe/Lisbon`; null where Slack does not tell. */
  readonly timeZone: string | null
  readonly isDeactivated: boolean
  readonly isBot: boolean
  /** Any guest, multi- or single-channel. */
  readonly isGuest: boolean
  /** The account belongs to another organisation, or to another team than the bot's. */
  readonly isStranger: boolean
  /** When a guest's account ends by itself. */
  readonly guestExpiresAt: Date | null
  readonly fetchedAt: Date
}

export const personKinds = ['employee', 'contractor'] as const
export type PersonKind = (typeof personKinds)[number]

/** One Slack account, as last seen. Its person is who is distinct: see `personKey`. */
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

/** Until engagements exist a guest counts as a contractor and a full member as an employee. */
export function kindOf(account: Pick<SlackAccount, 'isGuest'>): PersonKind {
  return account.isGuest ? 'contractor' : 'employee'
}

/**
 * Who this is beneath the account: a second Slack account with the same confirmed address is the same person.
 * Compared, never shown.
 */
export function personKey(account: Pick<SlackAccount, 'teamId' | 'userId' | 'confirmedEmail'>): string {
  return account.confirmedEmail ?? `${account.teamId}/${account.userId}`
}
