import { daypass } from '../../../domain/audit-event.ts'
import type { Evidence } from '../../../domain/connector.ts'
import type { ActiveGrant, Lease } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
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

/** Records that a grant is active. `moved_on`: it left `activating` meanwhile, and nothing was recorded. */
export function becomingActive({
  store,
  catalog,
}: Pick<Ports, 'store' | 'catalog'>): (given: GivenAccess) => Promise<'active' | 'moved_on'> {
  const notices = catalog.defaults.expiryNoticesSeconds
  return inBatches((all: readonly GivenAccess[]) =>
    store.transaction(async (tx) => {
      const locked = await tx.grants.lockAll(all.map(({ grantId }) => grantId))
      const grants = new Map(locked.map((grant) => [grant.id, grant]))
      const active: ActiveGrant[] = []
      const outcomes = all.map(({ grantId, lease, granted }) => {
        const grant = grants.get(grantId)
        if (grant?.status !== 'activating') return 'moved_on'
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
        await orderGrantMessages(tx, grant, purposes, lease.activatedAt)
      }
      return outcomes
    }),
  )
}

const purposes = ['requester:active', 'card', 'thread:active', 'requester:submitted'] as const
