import type { AccountChange } from './account-change.ts'
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
  /** The last such change, and when Daypass saw it. Absent or null: none. */
  readonly change?: AccountChange | null
  readonly changedAt?: Date | null
}

/** The change that Slack's answer shows. Null: none that matters. */
export function changeOf(
  before: Pick<Account, 'confirmedEmail' | 'isDeactivated'>,
  now: Pick<SlackAccount, 'confirmedEmail' | 'isDeactivated'>,
): AccountChange | null {
  if (before.isDeactivated && !now.isDeactivated) return 'reactivated'
  const { confirmedEmail } = before
  // An address that is only no longer shown, or shown for the first time, is no change.
  return confirmedEmail !== null && now.confirmedEmail !== null && confirmedEmail !== now.confirmedEmail
    ? 'email'
    : null
}

/** Whether Slack's answer changes what the account and the people whom it sponsors may have. */
export function changesStanding(
  before: Pick<Account, 'isGuest' | 'isDeactivated'>,
  now: Pick<SlackAccount, 'isGuest' | 'isDeactivated'>,
): boolean {
  return before.isGuest !== now.isGuest || before.isDeactivated !== now.isDeactivated
}

/** Whether this account is a full member of this workspace. Only such ones sponsor, lead and review. */
export function isFullMember(
  account: Pick<SlackAccount, 'isDeactivated' | 'isGuest' | 'isBot' | 'isStranger'>,
): boolean {
  return !(account.isDeactivated || account.isGuest || account.isBot || account.isStranger)
}
