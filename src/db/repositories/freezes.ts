import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Freeze, Scope } from '../../domain/freeze.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { named, scopeRow, selectFreezes, toFreeze } from '../mapping/freeze.ts'
import { prepare } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { isAnyOf } from '../schema/columns.ts'
import { freezes } from '../schema/freezes.ts'
import { grants } from '../schema/grants.ts'
import { isUuid } from '../text.ts'

/** The one that ends last first. */
const lastEnd = sql`${freezes.endsAt} desc nulls first, ${freezes.madeAt} desc`
const holds = (now: SQL | unknown) =>
  and(isNull(freezes.closedAt), or(isNull(freezes.endsAt), gt(freezes.endsAt, now as Date)))

const holding = prepare(
  ['accountId', 'personId', 'resourceId', 'now'],
  (db, { accountId, personId, resourceId, now }) =>
    selectFreezes(db)
      .where(
        and(
          holds(now),
          sql`(${freezes.scope} = 'all' or ${freezes.resourceId} = ${resourceId} or ${named.personId} = coalesce(
          ${personId}::uuid, (select person_id from accounts where id = ${accountId}::uuid)))`,
        ),
      )
      .orderBy(lastEnd)
      .limit(1),
)

const holdingGrants = prepare(['ids', 'now'], (db, { ids, now }) =>
  db
    .select({ grantId: grants.id, freezeId: freezes.id })
    .from(grants)
    .innerJoin(accounts, eq(accounts.id, grants.holderId))
    .innerJoin(freezes, holds(now))
    .leftJoin(named, eq(named.id, freezes.accountId))
    .where(
      and(
        isAnyOf(grants.id, ids),
        sql`(${freezes.scope} = 'all' or ${freezes.resourceId} = ${grants.resourceId} or ${named.personId} = ${accounts.personId})`,
      ),
    )
    .orderBy(lastEnd),
)

export function freezesIn({ db, run, pipeline }: Session): Transaction['freezes'] {
  const open = async (where: SQL | undefined): Promise<Freeze[]> => {
    const rows = await selectFreezes(db).where(where).orderBy(desc(freezes.madeAt), desc(freezes.id))
    return rows.map(toFreeze)
  }
  return {
    // The triggers take the same lock, shared.
    lock: async () => pipeline(run(lockName, { name: 'freezes' })),
    openOf: (scope) => open(and(isNull(freezes.closedAt), isOf(scope))),
    find: async (id) => {
      if (!isUuid(id)) return null
      const [freeze] = await open(eq(freezes.id, id))
      return freeze ?? null
    },
    insert: async ({ id, scope, reason, madeBy, madeAt, endsAt }) => {
      const row = { id, ...scopeRow(scope), reason, madeById: madeBy.id, madeAt, endsAt }
      pipeline(db.insert(freezes).values(row))
    },
    close: async (id, { at: closedAt, byId: liftedById }) =>
      pipeline(db.update(freezes).set({ closedAt, liftedById }).where(eq(freezes.id, id))),
    holding: async ({ resourceId, ...who }, now) => {
      const about = { accountId: null, personId: null, ...who, resourceId, now }
      const [row] = await run(holding, about)
      return row ? toFreeze(row) : null
    },
    holdingGrants: async (grantIds, now) => {
      const rows = await run(holdingGrants, { ids: [...grantIds], now })
      if (rows.length === 0) return new Map()
      const found = new Map((await open(holds(now))).map((freeze) => [freeze.id, freeze]))
      const frozen = new Map<string, Freeze>()
      for (const { grantId, freezeId } of rows) {
        const freeze = found.get(freezeId)
        if (freeze && !frozen.has(grantId)) frozen.set(grantId, freeze)
      }
      return frozen
    },
    all: (now) => open(holds(now)),
  }
}

function isOf(scope: Scope): SQL | undefined {
  switch (scope.kind) {
    case 'person':
      return eq(named.personId, scope.account.personId)
    case 'resource':
      return eq(freezes.resourceId, scope.resourceId)
    case 'all':
      return eq(freezes.scope, 'all')
  }
}
