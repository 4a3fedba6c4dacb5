import { isDeepStrictEqual } from 'node:util'
import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { z } from 'zod'
import type { Catalog } from '../../domain/catalog.ts'
import { ConnectorError } from '../../domain/connector.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { ActivatingGrant, Failure, Grant } from '../../domain/grant.ts'
import { activationBegan, leaseFrom } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestWithRequester } from '../../domain/request-history.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { frozenCode, frozenMessage } from '../_shared/frozen.ts'
import { type HolderLogin, keepLogin, takeFromFormer } from '../_shared/holder-login.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { isUnreachable, noGroup, type TargetGroup, targetGroup } from '../_shared/target-group.ts'
import { becomingActive } from './_activation/become-active.ts'
import { beginning } from './_activation/begin.ts'
import { givesTogether, giving } from './_activation/give.ts'
import { plannedTimeOver } from './_activation/planned-time.ts'
import { putRight } from './_activation/put-right.ts'
import { giveUp, removeOnceMore } from './_activation/undo.ts'
import { waitForLogin, waitForPerson } from './_activation/wait.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    activate_grant: z.infer<typeof data>
  }
}

/** After this time without an answer from the target, the activation has failed. It does not count while a person is awaited. */
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
  const start = (grantId: string) => (isTogether ? one(grantId) : group.run(() => one(grantId)))
  // An order may be there twice.
  const outcomes = new Map<string, Promise<EffectOutcome>>()
  return orders.map(({ grantId }) => {
    const outcome = outcomes.get(grantId) ?? start(grantId)
    outcomes.set(grantId, outcome)
    return outcome
  })
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
  const { grant, asked, login, freeze } = begun
  if (grant.status !== 'activating') return removeOnceMore(ports, grant, asked)
  if (freeze) return giveUp(ports, grant, asked, frozenFailure(freeze, clock.now()))

  if (login?.kind === 'missing') return waitForLogin(ports, login, asked)
  if (login?.kind === 'changed') return takeFromFormer(ports, login, asked)

  const limit = accessEndsAt(asked.requester.guestExpiresAt, asked.engagement)
  const lease = leaseFrom(clock.now(), grant, limit)
  if (lease.endsAt <= lease.activatedAt) {
    const over = limit && limit <= lease.activatedAt ? accountEnded : plannedTimeOver
    return giveUp(ports, grant, asked, { ...over, at: clock.now() })
  }
  const changed = changedSince(ports.catalog, grant)
  if (changed) return giveUp(ports, grant, asked, { ...changed, at: clock.now() })
  try {
    const ready = login?.kind === 'first' ? await beginToUse(ports, login, asked, lease.endsAt) : grant
    if (!ready) return retry(clock.now(), 'another worker activates it too')
    const granted = await give(orderOf(ready, asked.request, asked.requester, lease.endsAt))
    const outcome = await record({ grantId, lease, granted })
    if (outcome === 'active') return done('active')
    // Another worker was faster, and this one may have given the target another end than is on record.
    if (outcome === 'moved_on') return putRight(ports, grantId, 'another worker was faster')
    return giveUp(ports, ready, asked, frozenFailure(outcome, clock.now()))
  } catch (error) {
    const { failure, retryable } = failureOf(error, clock.now())
    if (failure.code === 'awaiting_person') return waitForPerson(ports, grant, asked, failure)
    const waited = differenceInSeconds(failure.at, grant.awaitedAt ?? activationBegan(grant))
    if (!retryable || waited >= patienceSeconds) return giveUp(ports, grant, asked, failure)
    const again = retry(attemptAgainAt(failure, grant.attempts, 30), failure.message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

/** It does not wait for the end of the freeze: then it would be given to a person who may need it no longer. */
function frozenFailure(freeze: Freeze, at: Date): Failure {
  return { code: frozenCode, message: frozenMessage(freeze), at }
}

const accountEnded = {
  code: 'account_ended',
  message: 'The engagement or the guest account of the requester has ended.',
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

/**
 * The first attempt with this login. Access that it has already could not be taken away at the end without taking what Daypass
 * did not give, so it refuses the grant. Null: another worker was faster. Throws `ConnectorError`.
 */
async function beginToUse(
  ports: ActivatePorts,
  first: Extract<HolderLogin, { kind: 'first' }>,
  { request, requester }: RequestWithRequester,
  until: Date,
): Promise<ActivatingGrant | null> {
  const { grant, login } = first
  const connector = ports.connectors.of(grant.resourceId)
  const order = orderOf({ ...grant, login }, request, requester, until)
  const standing = await connector.standing?.(order)
  if (standing) {
    const message = `${standing} That was not given by Daypass. Take it away there, then ask again.`
    throw new ConnectorError('conflict', message, { retryable: false })
  }
  return keepLogin(ports, first, await connector.lookBefore?.(order))
}

export const activateGrantEffect = defineEffect({
  kind: 'activate_grant',
  data,
  queue: 'activate',
  longestBackoffSeconds: 300,
  run: activateGrants,
})
