import type { SlackAccount } from './account.ts'

/** Accounts and user groups, from Slack. All methods throw `DirectoryUnavailable`. */
export interface Directory {
  /** Null: Slack has no such account. */
  account(userId: string, freshness: { maxAgeSeconds: number }): Promise<SlackAccount | null>
  /** User ids. Null: there is no such user group. */
  groupMembers(groupId: string, freshness: { maxAgeSeconds: number }): Promise<ReadonlySet<string> | null>
}

/** Slack did not answer. An action that depends on the answer must be refused. */
export class DirectoryUnavailable extends Error {
  override readonly name: string = 'DirectoryUnavailable'
}

/** Slack has no account with that id. Another query does not help. */
export class UnknownAccount extends DirectoryUnavailable {
  override readonly name = 'UnknownAccount'
  readonly userId: string
  constructor(userId: string) {
    super(`Slack knows no user ${userId}`)
    this.userId = userId
  }
}
