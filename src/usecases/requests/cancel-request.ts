import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { closeRequest, redraw } from '../_shared/close-request.ts'
import type { AccountKey } from '../_shared/person.ts'
import { refuseOther } from '../_shared/refuse-other.ts'

export type CancelAnswer =
  | { readonly kind: 'cancelled' | 'closed'; readonly history: RequestHistory }
  | { readonly kind: 'not_yours' }
  | { readonly kind: 'unknown' }

/** The requester cancels a pending request. Any other person is refused, with a record; throws `DirectoryUnavailable` then. */
export async function cancelRequest(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<CancelAnswer> {
  const { store, clock } = ports
  const kind = await store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (!request) return 'unknown'
    const person = await tx.accounts.findByUserId(by.teamId, by.userId)
    if (person?.id !== request.requesterId) return 'not_yours'
    if (request.status !== 'pending') {
      await redraw(tx, requestId, clock.now())
      return 'closed'
    }
    await closeRequest(tx, request, 'cancelled', actorOf(person), clock.now())
    return 'cancelled'
  })
  if (kind === 'unknown') return { kind }
  const history = await store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  return kind === 'not_yours'
    ? refuseOther(ports, by, history.request, 'request.cancellation_refused')
    : { kind, history }
}
