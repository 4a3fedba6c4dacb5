import { daypass } from '../../../domain/audit-event.ts'
import { type Catalog, findEntitlement } from '../../../domain/catalog.ts'
import type { Evidence } from '../../../domain/connector.ts'
import type { Freeze } from '../../../domain/freeze.ts'
import { type ActiveGrant, awaitsPerson, type Lease } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { inBatches } from '../../../in-batches.ts'
import { evidenceDetails, ofGrant } from '../../_shared/audit-events.ts'
import { orderGrantMessages } from '../../_shared/order-messages.ts'
import { planEnd } from '../../_shared/plan-end.ts'

export interface GivenAccess {
  readonly grantId: string
  readonly lease: Lease
  /** The read-back that showed the access. */
  readonly granted: Evidence
}

/**
 * Records that a grant is active. `moved_on`: it left `activating` meanwhile, and nothing was recorded. A freeze: it was made
 * meanwhile, and nothing was recorded.
 */
export function becomingActive({
  store,
  catalog,
  clock,
}: Pick<Ports, 'store' | 'catalog' | 'clock'>): (
  given: GivenAccess,
) => Promise<'active' | 'moved_on' | Freeze> {
  const notices = catalog.defaults.expiryNoticesSeconds
  return inBatches((all: readonly GivenAccess[]) =>
    store.transaction(async (tx) => {
      const ids = all.map(({ grantId }) => grantId)
      const [locked, frozen] = await Promise.all([
        tx.grants.lockAll(ids),
        tx.freezes.holdingGrants(ids, clock.now()),
      ])
      const grants = new Map(locked.map((grant) => [grant.id, grant]))
      const waited = new Set(locked.filter(awaitsPerson).map(({ id }) => id))
      const active: ActiveGrant[] = []
      const outcomes = all.map(({ grantId, lease, granted }) => {
        const grant = grants.get(grantId)
        if (grant?.status !== 'activating') return 'moved_on'
        const freeze = frozen.get(grantId)
        if (freeze) return freeze
        const { attempts: _, ...base } = grant
        active.push({ ...base, status: 'active', lease, granted })
        // The same grant may have been ordered twice.
        grants.delete(grantId)
        return 'active'
      })
      await tx.grants.saveAll(active)
      for (const grant of active) {
        const { lease, granted } = grant
        const details = { ends_at: lease.endsAt.toISOString(), evidence: evidenceDetails(granted) }
        await tx.audit.append(ofGrant(grant, 'grant.activated', daypass, granted.readAt, { details }))
        await planEnd(tx, grant, notices, lease.activatedAt)
        await watchIdle(tx, catalog, grant)
        const told = waited.has(grant.id) ? ([...purposes, 'requester:awaits'] as const) : purposes
        await orderGrantMessages(tx, grant, told, lease.activatedAt)
      }
      return outcomes
    }),
  )
}

/** Orders that the target is asked about the use of a lease that may not be idle for long. */
async function watchIdle(tx: Transaction, catalog: Catalog, grant: ActiveGrant): Promise<void> {
  const { id: grantId, resourceId, entitlementId, lease } = grant
  const idleAfter = findEntitlement(catalog, resourceId, entitlementId)?.entitlement.idleAfterSeconds
  if (idleAfter === undefined) return
  await tx.outbox.add({ kind: 'watch_idle', grantId, resourceId }, lease.activatedAt)
}

const purposes = ['requester:active', 'card', 'thread:active', 'requester:submitted'] as const
