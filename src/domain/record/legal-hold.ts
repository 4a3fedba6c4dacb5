import type { Account } from '../account.ts'
import type { NamedScope, Scope } from '../freeze.ts'
import type { Reference } from '../request.ts'

export const holdScopeKinds = ['person', 'resource', 'request', 'all'] as const

/** What a legal hold is about. A person: everything that they asked for, decided or did. */
export type HoldScope =
  | Scope
  | { readonly kind: 'request'; readonly requestId: string; readonly reference: string }

/** As somebody named it: nothing says yet that it exists. */
export type NamedHoldScope = NamedScope | { readonly kind: 'request'; readonly reference: Reference }

/** What it covers is not removed while it stands: no event, no text, no output and nothing that was seen of a lease. */
export interface LegalHold {
  readonly id: string
  /** Such as `LH-3`. */
  readonly reference: string
  readonly scope: HoldScope
  readonly reason: string
  /** It covers requests that were open at a time from `from` to `to`, and other events of that time. Null: no limit. */
  readonly from: Date | null
  readonly to: Date | null
  readonly placedBy: Pick<Account, 'id' | 'userId'>
  readonly placedAt: Date
  /** Somebody asks to lift it, and another security lead has to confirm it. */
  readonly liftAsked: { readonly at: Date; readonly by: Pick<Account, 'id' | 'userId'> } | null
  /** Null: it stands. */
  readonly lifted: { readonly at: Date; readonly by: Pick<Account, 'id' | 'userId'> } | null
}

export type NewLegalHold = Pick<LegalHold, 'scope' | 'reason' | 'from' | 'to' | 'placedAt'> & {
  readonly placedById: string
}

/** How many things each hold has kept, by its reference. */
export type KeptByHolds = Readonly<Record<string, number>>

/** The number in `LH-3`. Null: this is no reference of a hold. */
export function parseHoldReference(text: string): number | null {
  const match = /^LH-([1-9]\d{0,8})$/i.exec(text.trim())
  return match ? Number(match[1]) : null
}

export function holdReference(number: number): string {
  return `LH-${number}`
}
