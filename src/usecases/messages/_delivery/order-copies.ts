import { sponsor } from '../../../domain/approval-plan.ts'
import { requestMessage } from '../../../domain/message.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { DeliverPorts } from './delivery.ts'

/** Orders the copies of the card, each time that the card is posted or edited, so that they show the same state. */
export async function orderCopies(
  { store, clock }: Pick<DeliverPorts, 'store' | 'clock'>,
  { request }: RequestHistory,
): Promise<void> {
  const { tell, approvals } = request.terms
  const hasSponsor = approvals.stages.some(({ needs }) => needs.some(({ from }) => from.includes(sponsor)))
  const copies = [
    ...tell.map((_, variant) => ({ ...requestMessage(request.id, 'copy:told'), variant })),
    ...(hasSponsor ? [requestMessage(request.id, 'copy:sponsor')] : []),
  ]
  if (copies.length === 0) return
  const now = clock.now()
  await store.transaction(async (tx) => {
    for (const copy of copies) await tx.outbox.add({ kind: 'deliver_message', ...copy }, now)
  })
}
