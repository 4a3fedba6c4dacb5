import { eq, getTableColumns } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Freeze, Scope } from '../../domain/freeze.ts'
import type { Panic } from '../../domain/panic.ts'
import type { Queries } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { type FreezeRow, freezes, type PanicRow, panics } from '../schema/freezes.ts'
import { required } from './impossible-row.ts'

const makers = alias(accounts, 'makers')
const lifters = alias(accounts, 'lifters')
/** The account that a freeze or a panic names. */
export const named = alias(accounts, 'named')
const who = { id: makers.id, userId: makers.userId }
const account = { id: named.id, personId: named.personId, userId: named.userId }
type NamedAccount = Extract<Scope, { kind: 'person' }>['account']

/** Freezes with the people whom `toFreeze` needs. */
export function selectFreezes(db: Queries) {
  return db
    .select({
      freeze: getTableColumns(freezes),
      madeBy: who,
      account,
      liftedBy: { id: lifters.id, userId: lifters.userId },
    })
    .from(freezes)
    .innerJoin(makers, eq(makers.id, freezes.madeById))
    .leftJoin(lifters, eq(lifters.id, freezes.liftedById))
    .leftJoin(named, eq(named.id, freezes.accountId))
}

/** The same for panics. */
export function selectPanics(db: Queries) {
  return db
    .select({ panic: getTableColumns(panics), by: who, account })
    .from(panics)
    .innerJoin(makers, eq(makers.id, panics.byId))
    .leftJoin(named, eq(named.id, panics.accountId))
}

export function toFreeze({
  freeze,
  madeBy,
  account,
  liftedBy,
}: {
  freeze: FreezeRow
  madeBy: Freeze['madeBy']
  account: NamedAccount | null
  liftedBy: Freeze['madeBy'] | null
}): Freeze {
  const { id, reason, madeAt, endsAt, closedAt } = freeze
  const closed = closedAt && { at: closedAt, by: liftedBy }
  return { id, scope: scopeOf('freezes', freeze, account), reason, madeBy, madeAt, endsAt, closed }
}

export function toPanic({
  panic,
  by,
  account,
}: {
  panic: PanicRow
  by: Panic['by']
  account: NamedAccount | null
}): Panic {
  const { id, reason, at, leases, holders, resources, pending, freezeId, orderedAt, finishedAt } = panic
  const counts = { leases, holders, resources, pending }
  return {
    id,
    scope: scopeOf('panics', panic, account),
    reason,
    by,
    at,
    counts,
    freezeId,
    orderedAt,
    finishedAt,
  }
}

function scopeOf(
  table: string,
  row: Pick<FreezeRow, 'id' | 'scope' | 'resourceId'>,
  account: NamedAccount | null,
): Scope {
  switch (row.scope) {
    case 'person':
      return { kind: 'person', account: required(account, table, row.id, 'account_id') }
    case 'resource':
      return { kind: 'resource', resourceId: required(row.resourceId, table, row.id, 'resource_id') }
    case 'all':
      return { kind: 'all' }
  }
}

/** The columns that name a scope. */
export function scopeRow(scope: Scope) {
  return {
    scope: scope.kind,
    accountId: scope.kind === 'person' ? scope.account.id : null,
    resourceId: scope.kind === 'resource' ? scope.resourceId : null,
  }
}
