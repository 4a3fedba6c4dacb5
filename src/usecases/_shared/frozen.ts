import { type Freeze, isHolding } from '../../domain/freeze.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { FrozenSubject, Transaction } from '../../domain/transaction.ts'

/**
 * The freeze that keeps this person from being given this now. Null: none. Ask in the transaction that gives something: Postgres
 * refuses a grant and an extension beside a freeze, but knows of nothing else that is given.
 */
export function frozenFor(
  tx: Pick<Transaction, 'freezes'>,
  about: FrozenSubject,
  now: Date,
): Promise<Freeze | null> {
  return tx.freezes.holding(about, now)
}

/** The freeze of what a request asks for, or of the person who approves it. */
export async function frozenForApproval(
  tx: Pick<Transaction, 'freezes'>,
  { request: { requesterId: accountId, asksFor } }: Pick<RequestHistory, 'request'>,
  personId: string,
  now: Date,
): Promise<Freeze | null> {
  const [freeze, own] = await Promise.all([
    frozenFor(tx, { accountId, resourceId: asksFor.resourceId }, now),
    frozenFor(tx, { personId, resourceId: null }, now),
  ])
  return freeze ?? own
}

/** The freeze of this very person. A frozen person decides nothing for others either: the account may be in wrong hands. */
export async function personFrozen(
  tx: Pick<Transaction, 'freezes'>,
  account: Extract<Freeze['scope'], { kind: 'person' }>['account'],
  now: Date,
): Promise<Freeze | null> {
  const open = await tx.freezes.openOf({ kind: 'person', account })
  return open.find((freeze) => isHolding(freeze, now)) ?? null
}

/** For an audit event. */
export function frozenDetails({ id }: Freeze) {
  return { why: 'frozen', freeze: id }
}

/** The failure of an activation. */
export const frozenCode = 'frozen'

/** For a place where Slack shows no dates. */
export function frozenMessage({ endsAt }: Freeze): string {
  const until =
    endsAt === null
      ? 'somebody lifts that'
      : endsAt
          .toISOString()
          .replace(/:\d{2}\.\d{3}Z$/, ' UTC')
          .replace('T', ' ')
  return `Daypass grants nothing here until ${until}, because security or the owners froze it. Ask again after that.`
}
