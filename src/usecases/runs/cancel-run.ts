import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { asRequester, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'
import { stopRun } from '../_shared/stop-run.ts'

export type CancelRunAnswer = OwnAnswer<'cancelled' | 'asked' | 'over'>

/** The requester cancels the run of an approved action. `asked`: it is under way, and is stopped if that is still possible. */
export function cancelRun(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  click: { by: AccountKey; requestId: string },
): Promise<CancelRunAnswer> {
  const why = { code: 'cancelled', message: 'The requester cancelled it.' }
  return asRequester(ports, click, 'run.cancellation_refused', async (tx, request, person) => {
    const stopped = await stopRun(tx, request.id, why, ports.clock.now(), actorOf(person))
    return stopped === 'unknown' ? 'over' : stopped
  })
}
