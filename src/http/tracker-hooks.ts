import { createHash } from 'node:crypto'
import type { Ports } from '../domain/ports.ts'
import type { HttpAnswer, HttpRoute } from '../http-route.ts'
import { type HookAnswer, receiveTrackerHook } from '../usecases/tickets/receive-hook.ts'

export interface TrackerHooksOptions {
  /** Asked for each delivery, with the rules that hold then. */
  readonly ports: () => Pick<Ports, 'store' | 'clock' | 'catalog'>
  /** Called with what became of each delivery, or `unreadable`: too long, for example. */
  readonly onDelivery: (outcome: HookAnswer | 'unreadable') => void
}

/** Deliveries of GitHub may have 25 MB, and those about an issue far less: https://docs.github.com/en/webhooks */
const longestBody = 1024 * 1024

/** The webhooks of trackers. A caller who cannot sign learns nothing: not even which trackers there are. */
export function trackerHooks({ ports, onDelivery }: TrackerHooksOptions): HttpRoute[] {
  return [
    {
      path: '/hooks/tracker/:trackerId',
      method: 'POST',
      bodyLimit: longestBody,
      onRefused: () => onDelivery('unreadable'),
      async handler({ params, headers, body }) {
        const trackerId = params.trackerId ?? ''
        const deliveryHash = createHash('sha256').update(body).digest('hex')
        const outcome = await receiveTrackerHook(ports(), {
          trackerId,
          delivery: { headers, body },
          deliveryHash,
        })
        onDelivery(outcome)
        return answers[outcome]
      },
    },
  ]
}

/** A tracker repeats a delivery that has no 2xx, so only what may become better has none. */
const answers: Readonly<Record<HookAnswer, HttpAnswer>> = {
  accepted: { status: 204 },
  repeated: { status: 204 },
  irrelevant: { status: 204 },
  forged: { status: 401 },
  stale: { status: 401 },
  unknown: { status: 401 },
}
