import { isDeepStrictEqual } from 'node:util'
import { type AccessOrder, type Connector, ConnectorError, type HeldLease } from '../../domain/connector.ts'
import { isLive } from '../../domain/grant.ts'
import type { Connectors } from '../../domain/ports.ts'
import type { LeaseOfLogin, Store } from '../../domain/store.ts'

type LeasesOfLogins = Pick<Store, 'leasesOfLogins'>
type Order = AccessOrder<AccessOrder['content'] | null>

/** So many times the other leases of a login may change while one operation at the target runs. */
const mostTurns = 5

/**
 * The same connectors. Where access is given to an existing login, each order also carries the other live leases of that login,
 * because the target shows one access for all of them. If these leases change while an operation runs, it runs once more: so the
 * end of one lease never takes away the access that another one gave meanwhile. Postgres is what serialises, not the target.
 */
export function sharingLogins(connectors: Connectors, store: LeasesOfLogins): Connectors {
  return { of: (resourceId) => withOtherLeases(connectors.of(resourceId), store) }
}

function withOtherLeases(connector: Connector, store: LeasesOfLogins): Connector {
  const { grantAll, revokeAll, standing, lookBefore } = connector
  return {
    ...connector,
    grant: (order) => untilUnchanged(store, order, (full) => connector.grant(full)),
    revoke: (order) => untilUnchanged(store, order, (full) => connector.revoke(full)),
    // Leases of logins are asked about one by one: each may have to run again.
    ...(grantAll && {
      grantAll: (orders) =>
        orders.some(hasLogin)
          ? orders.map((order) => untilUnchanged(store, order, (full) => connector.grant(full)))
          : grantAll.call(connector, orders),
    }),
    ...(revokeAll && {
      revokeAll: (orders) =>
        orders.some(hasLogin)
          ? orders.map((order) => untilUnchanged(store, order, (full) => connector.revoke(full)))
          : revokeAll.call(connector, orders),
    }),
    ...(standing && {
      // Access that another lease still has until its revocation is done is no standing access.
      standing: async (order) =>
        standing.call(connector, { ...order, alsoHeld: await otherLeases(store, order, isLive) }),
    }),
    ...(lookBefore && {
      lookBefore: async (order) =>
        lookBefore.call(connector, { ...order, alsoHeld: await otherLeases(store, order, isLive) }),
    }),
  }
}

function hasLogin({ holder }: Order): boolean {
  return holder.identity !== undefined
}

async function untilUnchanged<Given extends Order, Result>(
  store: LeasesOfLogins,
  order: Given,
  operate: (order: Given) => Promise<Result>,
): Promise<Result> {
  if (!hasLogin(order)) return operate(order)
  let alsoHeld = await otherLeases(store, order)
  for (let turn = 1; turn <= mostTurns; turn += 1) {
    const result = await operate({ ...order, alsoHeld })
    const now = await otherLeases(store, order)
    if (isDeepStrictEqual(now, alsoHeld)) return result
    alsoHeld = now
  }
  const message = `${order.resourceId}: other leases of the same login change all the time`
  throw new ConnectorError('conflict', message, { retryable: true })
}

/** In one order, so that two readings can be compared. */
async function otherLeases(
  store: LeasesOfLogins,
  order: Order,
  counts: (lease: LeaseOfLogin) => boolean = isToStay,
): Promise<HeldLease[]> {
  const login = order.holder.identity
  if (login === undefined) return []
  const all = await store.leasesOfLogins(order.resourceId, [login])
  return all.filter((lease) => lease.grantId !== order.grantId && counts(lease)).map(toHeldLease)
}

/** Whether the lease gives access, or may just begin to. */
function isToStay({ status }: LeaseOfLogin): boolean {
  return status === 'activating' || status === 'active'
}

function toHeldLease({ grantId, entitlementId, content, before }: LeaseOfLogin): HeldLease {
  return { grantId, entitlementId, content, ...(before && { before }) }
}
