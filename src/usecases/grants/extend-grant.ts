import { isDeepStrictEqual } from 'node:util'
import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { min } from 'date-fns/min'
import { z } from 'zod'
import { type Catalog, findEntitlement } from '../../domain/catalog.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import type { ActiveGrant } from '../../domain/grant.ts'
import { extendedEnd, secondsOf } from '../../domain/lease-extension.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { frozenFor, frozenMessage } from '../_shared/frozen.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { isUnreachable, targetGroup } from '../_shared/target-group.ts'
import { putRight } from './_activation/put-right.ts'
import { removeOnceMore } from './_activation/undo.ts'
import { recordExtended, recordFailed } from './_extension/record.ts'

const data = z.object({
  grantId: z.guid(),
  /** The request for more time. */
  requestId: z.guid(),
  /** As approved: to add to the lease. */
  durationSeconds: z.number().int().positive(),
  resourceId: z.string(),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    extend_grant: z.infer<typeof data>
  }
}
type Order = Pick<z.infer<typeof data>, 'grantId' | 'requestId' | 'durationSeconds'>

type ExtendPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/**
 * Moves the end of a lease: first at the target, which keeps an expiry of its own, then on record. Until both are done the lease has
 * its old end. A target that fails is asked again until then; after that the extension has failed, and the lease ends as before.
 */
export async function extendGrant(ports: ExtendPorts, order: Order): Promise<EffectOutcome> {
  const { store, clock } = ports
  const [lease, extension] = await Promise.all([
    store.histories.byGrant(order.grantId),
    store.histories.byRequest(order.requestId),
  ])
  if (!lease?.grant || !extension?.extends) return done('there is no such lease')
  const { grant } = lease
  // The process may have died, or the target failed, before the target had the end on record.
  if (extension.extends.outcome) return putRight(ports, order.grantId, 'settled already')
  if (grant.status !== 'active') return endedMeanwhile(ports, order, lease)
  const now = clock.now()
  if (now >= grant.lease.endsAt) return fail(ports, order, lease, tooLate)
  const until = endFor(grant, order, lease)
  const about = { accountId: grant.holderId, resourceId: grant.resourceId }
  const freeze = await store.transaction((tx) => frozenFor(tx, about, now))
  if (freeze) return fail(ports, order, lease, frozenMessage(freeze))
  const refusal = until <= grant.lease.endsAt ? accountEnds : changedSince(ports.catalog, grant, until)
  if (refusal) return fail(ports, order, lease, refusal)
  try {
    const granted = await ports.connectors
      .of(grant.resourceId)
      .grant(orderOf(grant, lease.request, lease.requester, until))
    const outcome = await recordExtended(ports, extension.request, grant, { until, granted })
    return outcome === 'extended'
      ? done(`extended until ${until.toISOString()}`)
      : putRight(ports, order.grantId, outcome)
  } catch (error) {
    const { failure, retryable } = failureOf(error, clock.now())
    if (!retryable) return fail(ports, order, lease, failure.message)
    const tried = differenceInSeconds(failure.at, closedAt(extension))
    const next = attemptAgainAt(failure, 1 + Math.log2(1 + tried / 2), 30)
    const again = retry(min([next, grant.lease.endsAt]), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

const tooLate = 'The target did not take the new end before the lease was over.'
const accountEnds =
  'The engagement or the guest account of the holder ends with the lease, and nothing goes beyond that.'

/** As approved, from the present end. It never goes beyond the engagement and the guest account. */
function endFor(
  grant: ActiveGrant,
  { durationSeconds }: Order,
  { requester, engagement }: RequestHistory,
): Date {
  const limit = accessEndsAt(requester.guestExpiresAt, engagement)
  return extendedEnd(grant.lease, durationSeconds, limit)
}

/** Only what was approved goes on. Null: the catalog still offers it for so long, or does not have the resource at present. */
function changedSince(catalog: Catalog, grant: ActiveGrant, until: Date): string | null {
  const { resourceId, entitlementId, lease, approvedContent } = grant
  if (!catalog.resources.has(resourceId)) return null
  const entitlement = findEntitlement(catalog, resourceId, entitlementId)?.entitlement
  const whole = secondsOf({ ...lease, endsAt: until })
  const isSame =
    isDeepStrictEqual(entitlement?.content, approvedContent) &&
    whole <= (entitlement?.maxDurationSeconds ?? 0)
  return isSame ? null : `The catalog has changed ${entitlementId} since this was approved.`
}

function closedAt({ request }: RequestHistory): Date {
  return request.status === 'pending' ? request.submittedAt : request.closedAt
}

/** The lease ended before its end moved. An attempt may have given the access anew after that, so it is removed once more. */
async function endedMeanwhile(
  ports: ExtendPorts,
  order: Order,
  lease: RequestHistory,
): Promise<EffectOutcome> {
  await recordFailed(ports, order, 'The lease was over before it was extended.')
  return lease.grant ? removeOnceMore(ports, lease.grant, lease) : done('there is no such lease')
}

/** An attempt may have moved the end at the target, so that is put right too. */
async function fail(
  ports: ExtendPorts,
  order: Order,
  lease: RequestHistory,
  why: string,
): Promise<EffectOutcome> {
  const outcome = await recordFailed(ports, order, why)
  if (lease.grant?.status === 'active' && ports.clock.now() >= lease.grant.lease.endsAt)
    return done(`failed: ${why}`)
  return putRight(ports, order.grantId, outcome)
}

/** Those of one target run a few at once. */
function extendGrants(
  ports: ExtendPorts,
  orders: readonly Order[],
  context: BatchContext,
): readonly Promise<EffectOutcome>[] {
  const group = targetGroup(context)
  return orders.map((order) =>
    group.run(async () => {
      const unreachable = group.unreachable()
      if (!unreachable) return extendGrant(ports, order)
      return { ...retry(addSeconds(ports.clock.now(), 5), unreachable.message), unreachable }
    }),
  )
}

export const extendGrantEffect = defineEffect({
  kind: 'extend_grant',
  data,
  queue: 'activate',
  longestBackoffSeconds: 30,
  run: extendGrants,
})
