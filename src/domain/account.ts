import type { PersonKind } from './person.ts'

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

/** One Slack account, as Daypass stored it last. Two accounts may have one person. */
export interface Account {
  readonly id: string
  readonly personId: string
  readonly teamId: string
  readonly userId: string
  /** The kind of its person. */
  readonly kind: PersonKind
  readonly displayName: string
  readonly confirmedEmail: string | null
  readonly timeZone: string | null
  readonly isGuest: boolean
  readonly isDeactivated: boolean
  readonly guestExpiresAt: Date | null
}

/** Whether Slack's answer changes what the account and the people whom it sponsors may have. */
export function changesStanding(
  before: Pick<Account, 'isGuest' | 'isDeactivated'>,
  now: Pick<SlackAccount, 'isGuest' | 'isDeactivated'>,
): boolean {
  return before.isGuest !== now.isGuest || before.isDeactivated !== now.isDeactivated
}

/** Whether this account may stand for a sponsor: a full member of this workspace. */
export function maySponsor(
  account: Pick<SlackAccount, 'isDeactivated' | 'isGuest' | 'isBot' | 'isStranger'>,
): boolean {
  return !(account.isDeactivated || account.isGuest || account.isBot || account.isStranger)
}
