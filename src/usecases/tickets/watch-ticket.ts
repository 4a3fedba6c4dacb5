import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import { isToBeTakenBack } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import { type Tracker, TrackerUnavailable } from '../../domain/tracker.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { endLeasesOf } from './_tickets/end-leases.ts'

const data = z.object({ requestId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    watch_ticket: z.infer<typeof data>
  }
}

/** A tracker that does not answer is asked again after this time, where the catalog does not say how often it is asked. */
const askAgainSeconds = 60

/**
 * Looks at the ticket of an approved request: at the approval, because it may have been closed while the request waited, and
 * then as often as the catalog says.
 */
async function watchTicket(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { requestId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const { store, clock, catalog } = ports
  const history = await store.histories.byRequest(requestId)
  const check = history?.request.ticketCheck
  if (!check || !isToBeTakenBack(history.grant)) return done('nothing is open under the ticket')
  const { trackerId, key } = check
  const tracker = catalog.trackers?.get(trackerId)
  if (!tracker?.find) return done('the tracker cannot be asked')
  const { pollEverySeconds } = tracker
  try {
    const sentence = await closedSentence(tracker, tracker.find, key)
    if (sentence !== null)
      return done(`${sentence} ${await endLeasesOf(ports, { trackerId, key, sentence })} ended`)
    if (pollEverySeconds === null) return done(`${key} is open; the webhook tells when it is closed`)
    return retry(addSeconds(clock.now(), pollEverySeconds), `${key} is open`)
  } catch (error) {
    if (!(error instanceof TrackerUnavailable)) throw error
    return retry(addSeconds(clock.now(), pollEverySeconds ?? askAgainSeconds), error.message)
  }
}

/** Null: the ticket is open. A ticket that is gone counts as closed where the catalog requires one that exists. */
async function closedSentence(
  { name, require }: Tracker,
  find: NonNullable<Tracker['find']>,
  key: string,
): Promise<string | null> {
  const found = await find(key)
  if (found) return found.isOpen ? null : `${key} is closed in ${name} (${found.status}).`
  return require.length > 0 ? `${name} has no ticket ${key} any more.` : null
}

export const watchTicketEffect = defineEffect({
  kind: 'watch_ticket',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(watchTicket),
})
