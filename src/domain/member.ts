/** What Slack says of a person, as of `fetchedAt`. Source: `users.info`. */
export interface Member {
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
  /** Somebody of another organisation, or of another team than the bot's. */
  readonly isStranger: boolean
  /** When a guest's account ends by itself. */
  readonly guestExpiresAt: Date | null
  readonly fetchedAt: Date
}

export type PrincipalKind = 'employee' | 'contractor'

/** A person known by Slack team id and user id, as last seen. */
export interface Principal {
  readonly id: string
  readonly teamId: string
  readonly userId: string
  readonly kind: PrincipalKind
  readonly displayName: string
  readonly confirmedEmail: string | null
  readonly timeZone: string | null
  readonly guestExpiresAt: Date | null
}

/** Until engagements exist a guest counts as a contractor and a full member as an employee. */
export function kindOf(member: Member): PrincipalKind {
  return member.isGuest ? 'contractor' : 'employee'
}

/**
 * Who this is beneath the account: a second Slack account with the same confirmed address is the same person.
 * Compared, never shown.
 */
export function personKey(member: Pick<Member, 'teamId' | 'userId' | 'confirmedEmail'>): string {
  return member.confirmedEmail ?? `${member.teamId}/${member.userId}`
}
