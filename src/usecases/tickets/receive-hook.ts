import type { Ports } from '../../domain/ports.ts'
import type { HookDelivery, HookReading } from '../../domain/tracker.ts'

/** `repeated`: the same delivery was received before. `unknown`: there is no such tracker, or it has no secret for deliveries. */
export type HookAnswer = Exclude<HookReading['kind'], 'closed'> | 'accepted' | 'repeated' | 'unknown'

/** A delivery of a tracker's webhook. `deliveryHash`: the same for the same delivery of the same tracker. */
export async function receiveTrackerHook(
  { store, clock, catalog }: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { trackerId, delivery, deliveryHash }: { trackerId: string; delivery: HookDelivery; deliveryHash: string },
): Promise<HookAnswer> {
  const now = clock.now()
  const reading = catalog.trackers?.get(trackerId)?.readHook?.(delivery, now)
  if (!reading) return 'unknown'
  if (reading.kind !== 'closed') return reading.kind
  const { key } = reading
  return store.transaction(async (tx) => {
    if (!(await tx.interactions.claim(`tracker ${trackerId} ${deliveryHash}`, now))) return 'repeated'
    await tx.outbox.add({ kind: 'close_ticket', trackerId, key }, now)
    return 'accepted'
  })
}
