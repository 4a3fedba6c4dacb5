import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { redraw } from '../_shared/close-request.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import { asRequester, type OwnAnswer } from '../_shared/own-request.ts'
import type { AccountKey } from '../_shared/person.ts'

/** `nudged_before`: the requester did it before, and may do it once. */
export type NudgeAnswer = OwnAnswer<'nudged' | 'nudged_before' | 'closed'>

/** The requester calls those who may decide, once. */
export function nudgeRequest(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  click: { by: AccountKey; requestId: string },
): Promise<NudgeAnswer> {
  return asRequester(ports, click, 'request.nudge_refused', async (tx, request, person) => {
    const { requestId } = click
    const now = ports.clock.now()
    if (request.status !== 'pending') {
      await redraw(tx, requestId, now)
      return 'closed'
    }
    if (!(await tx.calls.insert({ requestId, kind: 'nudge', answers: 0, at: now }))) return 'nudged_before'
    await tx.audit.append(ofRequest(request, 'request.nudged', actorOf(person), now))
    await orderRequestMessages(tx, requestId, ['thread:nudge', 'requester:submitted'], now)
    return 'nudged'
  })
}
