import { type Actor, daypass } from '../../domain/audit-event.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { closeRequest } from './close-request.ts'

/** Closes the pending extensions of leases that are over, or that end earlier. The grants are locked before. */
export async function closeExtensions(
  tx: Transaction,
  grantIds: readonly string[],
  status: 'cancelled' | 'expired',
  now: Date,
  actor: Actor = daypass,
): Promise<void> {
  if (grantIds.length === 0) return
  for (const request of await tx.leaseExtensions.lockPending(grantIds)) {
    await closeRequest(tx, request, status, actor, now)
  }
}
