import type { AccessRequest } from '../../domain/request.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Orders that the ticket of an approved request is looked at until its access has ended. */
export async function orderTicketWatch(
  tx: Transaction,
  { id: requestId, ticketCheck, asksFor }: Pick<AccessRequest, 'id' | 'ticketCheck' | 'asksFor'>,
  now: Date,
): Promise<void> {
  // An extension is of a lease, whose own ticket is looked at.
  if (ticketCheck && asksFor.kind === 'entitlement')
    await tx.outbox.add({ kind: 'watch_ticket', requestId }, now)
}
