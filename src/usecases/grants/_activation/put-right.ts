import { addSeconds } from 'date-fns/addSeconds'
import { min } from 'date-fns/min'
import type { Ports } from '../../../domain/ports.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../../_shared/effect-outcome.ts'
import { failureOf, orderOf } from '../../_shared/order-of.ts'
import { removeOnceMore } from './undo.ts'

/** The number of times that the end of one lease may move during one operation at its target. */
const mostMoves = 5

/**
 * This worker gave the target an end that is not the one on record: another worker was faster, or the lease was shortened or ended.
 * Gives the target the end on record, or removes the access of a lease that is over.
 */
export async function putRight(
  ports: Pick<Ports, 'store' | 'clock' | 'connectors'>,
  grantId: string,
  why: string,
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  for (let left = mostMoves; left > 0; left -= 1) {
    const history = await store.histories.byGrant(grantId)
    if (!history?.grant) return done('there is no such lease')
    const { grant } = history
    if (grant.status !== 'active') return removeOnceMore(ports, grant, history)
    if (clock.now() >= grant.lease.endsAt) return done(`${why}; the lease is over`)
    try {
      const { request, requester } = history
      await connectors.of(grant.resourceId).grant(orderOf(grant, request, requester, grant.lease.endsAt))
    } catch (error) {
      const { failure, retryable } = failureOf(error, clock.now())
      // The revocation at the end on record removes the access, whatever expiry the target has.
      if (!retryable) return done(`${why}; the end at the target was not put back: ${failure.message}`)
      return retry(min([attemptAgainAt(failure, 5, 30), grant.lease.endsAt]), failure.message)
    }
    const latest = (await store.histories.byGrant(grantId))?.grant
    if (latest?.status === 'active' && latest.generation === grant.generation) return done(why)
  }
  return retry(addSeconds(clock.now(), 5), why)
}
