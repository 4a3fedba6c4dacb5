import { daypass } from '../../../domain/audit-event.ts'
import type { Ports } from '../../../domain/ports.ts'
import { closeRequest } from '../../_shared/close-request.ts'
import type { ClosedTicket } from './end-leases.ts'

/**
 * Cancels the requests under a ticket that wait for a decision: approved, they would begin a lease that no later delivery ends. A
 * repetition changes nothing.
 */
export async function cancelRequestsOf(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { trackerId, key }: Pick<ClosedTicket, 'trackerId' | 'key'>,
): Promise<void> {
  await store.transaction(async (tx) => {
    for (const id of await tx.requests.pendingOfTicket(trackerId, key)) {
      const request = await tx.requests.lock(id)
      if (request?.status === 'pending') await closeRequest(tx, request, 'cancelled', daypass, clock.now())
    }
  })
}
