import { isDeepStrictEqual } from 'node:util'
import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { z } from 'zod'
import type { Catalog } from '../../domain/catalog.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import type { Failure, Grant } from '../../domain/grant.ts'
import { leaseFrom } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import { backoff, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { type HolderLogin, takeFromFormer } from '../_shared/holder-login.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { isUnreachable, noGroup, type TargetGroup, targetGroup } from '../_shared/target-group.ts'
import { becomingActive } from './_activation/become-active.ts'
import { beginning } from './_activation/begin.ts'
import { givesTogether, giving } from './_activation/give.ts'
import { giveUp, removeOnceMore } from './_activation/undo.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    activate_grant: z.infer<typeof data>
  }
}

/** After this time without an answer from the target, the activation has failed. */
const patienceSeconds = 15 * 60

type ActivatePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/**
 * Gives the access at one target. A grant is `active` when a read-back has shown its access. Those that are due together
 * go together: one transaction records the attempts, one call to the target gives the access where the connector can, and
 * what is known at the same moment is recorded in one transaction. An answer for each, in their order.
 */
export function activateGrants(
  ports: ActivatePorts,
  orders: readonly z.infer<typeof data>[],
  context: BatchContext,
): readonly Promise<EffectOutcome>[] {
  const [first, second] = orders
  const steps = { begin: beginning(ports), give: giving(ports), record: becomingActive(ports) }
  const group = targetGroup(context)
  const one = (grantId: string) => activateOne(ports, steps, grantId, group)
  const isTogether = first && second && givesTogether(ports, first.resourceId)
  return orders.map(({ grantId }) => (isTogether ? one(grantId) : group.run(() => one(grantId))))
}

/** The same for one grant. */
export function activateGrant(
  ports: ActivatePorts,
  { grantId }: { grantId: string },
): Promise<EffectOutcome> {
  const steps = { begin: beginning(ports), give: giving(ports), record: becomingActive(ports) }
  return activateOne(ports, steps, grantId, noGroup())
}

interface Steps {
  readonly begin: ReturnType<typeof beginning>
  readonly give: ReturnType<typeof giving>
  readonly record: ReturnType<typeof becomingActive>
}

async function activateOne(
  ports: ActivatePorts,
  { begin, give, record }: Steps,
  grantId: string,
  group: Pick<TargetGroup, 'unreachable'>,
): Promise<EffectOutcome> {
  const { clock } = ports
  const unreachable = group.unreachable()
  if (unreachable) return { ...retry(addSeconds(clock.now(), 5), unreachable.message), unreachable }
  const begun = await begin(grantId)
  if (!begun) return done('there is no such grant')
  const { grant, history, login } = begun
  if (grant.status !== 'activating') return removeOnceMore(ports, grant, history)

  if (login?.kind === 'missing') return waitForLogin(ports, login, history)
  if (login?.kind === 'changed') return takeFromFormer(ports, login, history)

  const limit = accessEndsAt(history.requester.guestExpiresAt, history.engagement)
  const lease = leaseFrom(clock.now(), grant.durationSeconds, limit)
  if (lease.endsAt <= lease.activatedAt) {
    const message = 'The engagement or the guest account of the requester has ended.'
    return giveUp(ports, grant, history, { code: 'account_ended', message, at: clock.now() })
  }
  const changed = changedSince(ports.catalog, grant)
  if (changed) return giveUp(ports, grant, history, { ...changed, at: clock.now() })
  try {
    const granted = await give(orderOf(grant, history.request, history.requester, lease.endsAt))
    const outcome = await record({ grantId, lease, granted })
    return outcome === 'moved_on' ? removeOnceMore(ports, grant, history) : done('active')
  } catch (error) {
    const { failure, retryable } = failureOf(error, clock.now())
    const waited = differenceInSeconds(failure.at, grant.createdAt)
    if (!retryable || waited >= patienceSeconds) return giveUp(ports, grant, history, failure)
    const again = retry(backoff(failure.at, grant.attempts, 30), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

/** Only the approved content is given. Null: the catalog still offers exactly that, or does not have the resource at present. */
function changedSince(
  catalog: Catalog,
  { resourceId, entitlementId, approvedContent }: Grant,
): Omit<Failure, 'at'> | null {
  const resource = catalog.resources.get(resourceId)
  if (!resource) return null
  const offered = resource.entitlements.get(entitlementId)
  if (!offered) return { code: 'not_in_catalog', message: `${resourceId} no longer offers ${entitlementId}.` }
  if (isDeepStrictEqual(offered.content, approvedContent)) return null
  const message = `What ${entitlementId} gives has changed in the catalog since this was approved: ask for it again.`
  return { code: 'conflict', message }
}

/** Somebody must confirm the holder's login first. The activation waits as long as a request waits for a decision. */
async function waitForLogin(
  ports: ActivatePorts,
  { grant, name }: Extract<HolderLogin, { kind: 'missing' }>,
  history: RequestHistory,
): Promise<EffectOutcome> {
  const now = ports.clock.now()
  const message = `Nobody has confirmed the ${name} of the requester.`
  const isOver = differenceInSeconds(now, grant.createdAt) >= ports.catalog.defaults.requestTimeoutSeconds
  if (isOver) return giveUp(ports, grant, history, { code: 'login_missing', message, at: now })
  return retry(addSeconds(now, 30), message)
}

export const activateGrantEffect = defineEffect({
  kind: 'activate_grant',
  data,
  queue: 'activate',
  longestBackoffSeconds: 300,
  run: activateGrants,
})
