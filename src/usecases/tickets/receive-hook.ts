import { createHash } from 'node:crypto'
import type { Ports } from '../../domain/ports.ts'
import type { HookDelivery, HookReading } from '../../domain/tracker.ts'

/** `repeated`: the same delivery was received before. `unknown`: there is no such tracker, or it has no secret for deliveries. */
export type HookAnswer = Exclude<HookReading['kind'], 'closed'> | 'accepted' | 'repeated' | 'unknown'

/** A delivery of a tracker's webhook. `deliveryHash`: of its body. */
export async function receiveTrackerHook(
  { store, clock, catalog }: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { trackerId, delivery, deliveryHash }: { trackerId: string; delivery: HookDelivery; deliveryHash: string },
): Promise<HookAnswer> {
  const now = clock.now()
  const reading = catalog.trackers?.get(trackerId)?.readHook?.(delivery, now)
  if (!reading) return 'unknown'
  if (reading.kind !== 'closed') return reading.kind
  const { key, id } = reading
  const delivered = id === undefined ? deliveryHash : hashOf(`${id} ${deliveryHash}`)
  return store.transaction(async (tx) => {
    if (!(await tx.interactions.claim(`tracker ${trackerId} ${delivered}`, now))) return 'repeated'
    await tx.outbox.add({ kind: 'close_ticket', trackerId, key }, now)
    return 'accepted'
  })
}

/** Of fixed length, because a tracker may choose a long id. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
