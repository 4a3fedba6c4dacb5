import type { Account } from './account.ts'

/** What a freeze or a panic is about: the access of one person, everything on one resource, or all. */
export const scopeKinds = ['person', 'resource', 'all'] as const
export type Scope =
  /** The person beneath this account, with all their accounts. */
  | { readonly kind: 'person'; readonly account: Pick<Account, 'id' | 'personId' | 'userId'> }
  | { readonly kind: 'resource'; readonly resourceId: string }
  | { readonly kind: 'all' }

/** A scope as somebody named it: nothing says yet that it exists. `userId`: as Slack writes it. */
export type NamedScope =
  | { readonly kind: 'person'; readonly userId: string }
  | { readonly kind: 'resource'; readonly resourceId: string }
  | { readonly kind: 'all' }

/** While it holds, nothing is granted in its scope. Leases that are active go on. */
export interface Freeze {
  readonly id: string
  readonly scope: Scope
  readonly reason: string
  readonly madeBy: Pick<Account, 'id' | 'userId'>
  readonly madeAt: Date
  /** Null: until somebody lifts it. */
  readonly endsAt: Date | null
  /** Null: it is open. `by` null: its time is over. */
  readonly closed: { readonly at: Date; readonly by: Pick<Account, 'id' | 'userId'> | null } | null
}

/** Whether it ends no sooner than the other would. */
export function lastsAsLong(one: Pick<Freeze, 'endsAt'>, other: Pick<Freeze, 'endsAt'>): boolean {
  if (one.endsAt === null) return true
  return other.endsAt !== null && one.endsAt >= other.endsAt
}

/** Whether it keeps things from being granted at this time. */
export function isHolding({ closed, endsAt }: Pick<Freeze, 'closed' | 'endsAt'>, now: Date): boolean {
  return closed === null && (endsAt === null || endsAt > now)
}
