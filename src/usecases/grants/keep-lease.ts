import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { asHolder, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'
import { closeQuestion } from './watch-idle.ts'

/** `over`: the question is answered already, or the lease is over. */
export type KeepAnswer = OwnAnswer<'kept' | 'over'>

/** The holder says that an idle lease is still needed. It is asked about again when it was idle for as long once more. */
export function keepLease(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  click: { by: AccountKey; requestId: string },
): Promise<KeepAnswer> {
  return asHolder(ports, click, 'grant.idle_answer_refused', async (tx, grant, person) => {
    if (grant.status !== 'active' || !grant.idleAskedAt) return 'over'
    const now = ports.clock.now()
    await closeQuestion(tx, { ...grant, keptAt: now }, grant.idleAskedAt, now)
    await tx.audit.append(ofGrant(grant, 'grant.idle_kept', actorOf(person), now))
    return 'kept'
  })
}
