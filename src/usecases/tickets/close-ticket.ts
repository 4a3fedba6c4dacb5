import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { type FoundTicket, TrackerUnavailable } from '../../domain/tracker.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { cancelRequestsOf } from './_tickets/cancel-requests.ts'
import { endLeasesOf } from './_tickets/end-leases.ts'

const data = z.object({ trackerId: z.string(), key: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    close_ticket: z.infer<typeof data>
  }
}

/**
 * A signed delivery of the tracker said that the ticket is closed. The tracker is asked where that is possible, because deliveries
 * may come late and in another order. Where it does not answer, its signed word counts.
 */
async function closeTicket(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { trackerId, key }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const tracker = ports.catalog.trackers?.get(trackerId)
  if (!tracker) return done('the catalog has no such tracker')
  const found = await present(tracker.find?.(key))
  if (found?.isOpen) return done(`${key} is open again`)
  const status = found ? ` (${found.status})` : ''
  const sentence = `${key} is closed in ${tracker.name}${status}.`
  // Others are asked when the request is approved. First the requests: one that is approved at this moment has a lease then.
  if (!tracker.find) await cancelRequestsOf(ports, { trackerId, key })
  return done(`${sentence} ${await endLeasesOf(ports, { trackerId, key, sentence })} ended`)
}

/** Null: the tracker cannot be asked, does not answer, or has no such ticket. */
async function present(asked: Promise<FoundTicket | null> | undefined): Promise<FoundTicket | null> {
  try {
    return (await asked) ?? null
  } catch (error) {
    if (error instanceof TrackerUnavailable) return null
    throw error
  }
}

export const closeTicketEffect = defineEffect({
  kind: 'close_ticket',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: each(closeTicket),
})
