import { eq, getTableColumns } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { type HoldScope, holdReference, type LegalHold } from '../../domain/record/legal-hold.ts'
import type { Queries } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { type LegalHoldRow, legalHolds } from '../schema/legal-holds.ts'
import { requests } from '../schema/requests.ts'
import { required } from './impossible-row.ts'

const placers = alias(accounts, 'placers')
const askers = alias(accounts, 'askers')
const lifters = alias(accounts, 'lifters')
const held = alias(accounts, 'held')
type Who = LegalHold['placedBy']
type HeldAccount = Extract<HoldScope, { kind: 'person' }>['account']

/** Legal holds with the people and the request that `toLegalHold` needs. */
export function selectLegalHolds(db: Queries) {
  return db
    .select({
      hold: getTableColumns(legalHolds),
      placedBy: { id: placers.id, userId: placers.userId },
      askedBy: { id: askers.id, userId: askers.userId },
      liftedBy: { id: lifters.id, userId: lifters.userId },
      account: { id: held.id, personId: held.personId, userId: held.userId },
      number: requests.number,
    })
    .from(legalHolds)
    .innerJoin(placers, eq(placers.id, legalHolds.placedById))
    .leftJoin(askers, eq(askers.id, legalHolds.liftAskedById))
    .leftJoin(lifters, eq(lifters.id, legalHolds.liftedById))
    .leftJoin(held, eq(held.id, legalHolds.accountId))
    .leftJoin(requests, eq(requests.id, legalHolds.requestId))
}

export function toLegalHold({
  hold,
  placedBy,
  askedBy,
  liftedBy,
  account,
  number,
}: {
  hold: LegalHoldRow
  placedBy: Who
  askedBy: Who | null
  liftedBy: Who | null
  account: HeldAccount | null
  number: number | null
}): LegalHold {
  const { id, reason, fromAt: from, toAt: to, placedAt, liftAskedAt, liftedAt } = hold
  return {
    id,
    reference: holdReference(hold.number),
    scope: scopeOf(hold, account, number),
    reason,
    from,
    to,
    placedBy,
    placedAt,
    liftAsked: liftAskedAt && askedBy && { at: liftAskedAt, by: askedBy },
    lifted: liftedAt && liftedBy && { at: liftedAt, by: liftedBy },
  }
}

function scopeOf(
  { id, scope, resourceId, requestId }: LegalHoldRow,
  account: HeldAccount | null,
  number: number | null,
): HoldScope {
  const of = <T>(value: T | null, column: string) => required(value, 'legal_holds', id, column)
  switch (scope) {
    case 'person':
      return { kind: 'person', account: of(account, 'account_id') }
    case 'resource':
      return { kind: 'resource', resourceId: of(resourceId, 'resource_id') }
    case 'request':
      return {
        kind: 'request',
        requestId: of(requestId, 'request_id'),
        reference: `AR-${of(number, 'request_id')}`,
      }
    case 'all':
      return { kind: 'all' }
  }
}
