import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { closeRequest, redraw } from '../_shared/close-request.ts'
import { asRequester, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'

export type CancelAnswer = OwnAnswer<'cancelled' | 'closed'>

/** The requester cancels a pending request. */
export function cancelRequest(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  click: { by: AccountKey; requestId: string },
): Promise<CancelAnswer> {
  return asRequester(ports, click, 'request.cancellation_refused', async (tx, request, person) => {
    const now = ports.clock.now()
    if (request.status !== 'pending') {
      await redraw(tx, request.id, now)
      return 'closed'
    }
    await closeRequest(tx, request, 'cancelled', actorOf(person), now)
    return 'cancelled'
  })
}
