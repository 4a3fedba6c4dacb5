import { actorOf } from '../../domain/audit-event.ts'
import { isToBeTakenBack } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import { asHolder, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'

export type ReleaseAnswer = OwnAnswer<'releasing' | 'over'>

/** The holder gives the access back early, or cancels it before its start. */
export function releaseGrant(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  click: { by: AccountKey; requestId: string },
): Promise<ReleaseAnswer> {
  return asHolder(ports, click, 'grant.release_refused', async (tx, grant, person) => {
    const now = ports.clock.now()
    if (!isToBeTakenBack(grant)) {
      // The button belongs to an old state of the message, so the message is edited again.
      await orderGrantMessages(tx, grant, ['requester:active', 'requester:scheduled'], now)
      return 'over'
    }
    const revocation = { cause: 'released', byId: person.id, reason: null, startedAt: now } as const
    await orderRevocation(tx, grant, revocation, actorOf(person))
    return 'releasing'
  })
}
