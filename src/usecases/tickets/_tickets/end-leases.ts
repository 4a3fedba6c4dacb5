import { isToBeTakenBack } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import { orderRevocation } from '../../_shared/begin-revocation.ts'

/** A ticket that is closed or gone. */
export interface ClosedTicket {
  readonly trackerId: string
  readonly key: string
  /** For people: "INC-42 is closed in Jira (Done)." */
  readonly sentence: string
}

/** Ends the leases under a ticket, also those that start later. Resolves with their number. A repetition changes nothing. */
export async function endLeasesOf(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { trackerId, key, sentence: reason }: ClosedTicket,
): Promise<number> {
  return store.transaction(async (tx) => {
    const grants = await tx.grants.lockAll(await tx.grants.openOfTicket(trackerId, key))
    const open = grants.filter(isToBeTakenBack)
    const startedAt = clock.now()
    for (const grant of open)
      await orderRevocation(tx, grant, { cause: 'ticket_closed', byId: null, reason, startedAt })
    return open.length
  })
}
