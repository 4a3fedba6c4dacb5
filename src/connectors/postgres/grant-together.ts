import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { takeTurns } from '../_shared/take-turns.ts'
import { keepEntitlementRole } from './entitlement-role.ts'
import { isSqlError } from './errors.ts'
import { evidenceOf, membershipsOf } from './grant.ts'
import { createLeaseRoles, findLeaseRoles, targetTime } from './lease-role.ts'
import { leaseRole } from './names.ts'
import { requirePreparedRoles } from './prepared-roles.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Session, Target } from './target.ts'
import { dropFormerRoles } from './unused-roles.ts'

type GrantOrder = AccessOrder<PostgresEntitlement>

/** How many roles one message makes. */
const setSize = 100
/** How many of those that cannot go with the others are granted at the same time. */
const aloneAtOnce = 5
/** Milliseconds. Somebody may keep the role of the entitlement locked. Then each waits for itself, with its own answer. */
const lockPatience = 500

/**
 * Makes the roles of many leases in a handful of statements: the role of the entitlement once; all roles with their memberships
 * in one transaction; one read-back. An answer for each, in their order. Each lease of a set that failed is left to `grantOne`,
 * and so is a lease whose role is there already.
 */
export function grantTogether(
  target: Target,
  current: ReadonlySet<string>,
  orders: readonly GrantOrder[],
  grantOne: (order: GrantOrder) => Promise<Evidence>,
): readonly Promise<Evidence>[] {
  const together = target.operation((operation) => grantSets(operation, target, current, orders))
  const turns = takeTurns(aloneAtOnce)
  return orders.map(async (order) => {
    const evidence = (await together).get(order.grantId)
    if (evidence) return evidence
    return turns(async (done) => {
      const alone = await grantOne(order)
      done()
      return alone
    })
  })
}

/** Resolves with the evidence of each lease that could be granted with others, by grant. */
async function grantSets(
  operation: Operation,
  target: Target,
  current: ReadonlySet<string>,
  orders: readonly GrantOrder[],
): Promise<ReadonlyMap<string, Evidence>> {
  const granted = new Map<string, Evidence>()
  for (const set of setsOf(target, orders)) {
    try {
      for (const [grantId, evidence] of await grantSet(operation, target, current, set))
        granted.set(grantId, evidence)
    } catch (error) {
      // One lease may be the reason why Postgres refuses the set. A target that does not answer fails for all.
      if (!isSqlError(error) && !(error instanceof ConnectorError)) throw error
    }
  }
  return granted
}

/** Leases with the same memberships, at most `setSize` together. */
function setsOf(target: Target, orders: readonly GrantOrder[]): GrantOrder[][] {
  const unique = new Map(orders.map((order) => [order.grantId, order]))
  const byGroups = new Map<string, GrantOrder[]>()
  for (const order of unique.values()) {
    const groups = membershipsOf(target, order).groups.join()
    byGroups.set(groups, [...(byGroups.get(groups) ?? []), order])
  }
  return [...byGroups.values()].flatMap((some) =>
    Array.from({ length: Math.ceil(some.length / setSize) }, (_, index) =>
      some.slice(index * setSize, (index + 1) * setSize),
    ),
  )
}

async function grantSet(
  operation: Operation,
  target: Target,
  current: ReadonlySet<string>,
  set: readonly GrantOrder[],
): Promise<[string, Evidence][]> {
  const [first] = set
  if (!first) return []
  const { wish, prepared, groups } = membershipsOf(target, first)
  const fresh = await operation.session(async (session) => {
    await requirePreparedRoles(session, prepared)
    return freshOf(session, set)
  })
  if (fresh.length === 0) return []
  const repaired = await keepEntitlementRole(operation, wish, target.inStep)
  await operation.transaction(`grants:${fresh.map(({ grantId }) => grantId).join()}`, async (session) => {
    await session.query(`set local lock_timeout = ${lockPatience}`)
    await createLeaseRoles(session, fresh, { groups, connectionLimit: target.settings.connectionLimit })
  })
  if (repaired.length > 0) await dropFormerRoles(operation, target, current)
  const roles = await operation.session((session) =>
    findLeaseRoles(
      session,
      fresh.map(({ grantId }) => grantId),
    ),
  )
  const byName = new Map(roles.map((role) => [role.name, role]))
  return fresh.flatMap((order) => {
    const role = byName.get(leaseRole(order.grantId)) ?? null
    return evidenceIfWhole(() => evidenceOf(target, order, { role, groups, repaired }), order)
  })
}

/** Those that end in the future and have no role yet. */
async function freshOf(session: Session, set: readonly GrantOrder[]): Promise<GrantOrder[]> {
  const now = await targetTime(session)
  const present = await findLeaseRoles(
    session,
    set.map(({ grantId }) => grantId),
  )
  const names = new Set(present.map(({ name }) => name))
  return set.filter(
    ({ grantId, until }) => now && until.getTime() > now.getTime() && !names.has(leaseRole(grantId)),
  )
}

/** Nothing where the read-back shows another state: that lease is granted again alone, with its own error. */
function evidenceIfWhole(read: () => Evidence, { grantId }: GrantOrder): [string, Evidence][] {
  try {
    return [[grantId, read()]]
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return []
  }
}
