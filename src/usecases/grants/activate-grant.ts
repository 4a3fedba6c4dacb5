import { isDeepStrictEqual } from 'node:util'
import { addSeconds, differenceInSeconds } from 'date-fns'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { Catalog } from '../../domain/catalog.ts'
import type { Evidence } from '../../domain/connector.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import type { ActivatingGrant, ActiveGrant, Failure, Grant, Lease } from '../../domain/grant.ts'
import { leaseFrom } from '../../domain/grant.ts'
import type { Ports, Transaction } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { evidenceDetails, ofGrant } from '../_shared/audit-events.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { defineEffect } from '../_shared/define-effect.ts'
import { backoff, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { fixLogin, type HolderLogin, takeFromFormer } from '../_shared/holder-login.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { planEnd } from '../_shared/plan-end.ts'
import { isUnreachable, noGroup, type TargetGroup, targetGroup } from '../_shared/target-group.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    activate_grant: z.infer<typeof data>
  }
}

/** After this time without an answer from the target, the activation has failed. */
const patienceSeconds = 15 * 60

type ActivatePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/** Gives the access at the target. The grant is `active` when a read-back has shown the access. */
export async function activateGrant(
  ports: ActivatePorts,
  { grantId }: { grantId: string },
  group: Pick<TargetGroup, 'unreachable'> = noGroup(),
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  const unreachable = group.unreachable()
  if (unreachable) return { ...retry(addSeconds(clock.now(), 5), unreachable.message), unreachable }
  const begun = await begin(ports, grantId)
  if (begun.kind === 'gone') return done('there is no such grant')
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
    const connector = connectors.of(grant.resourceId)
    const evidence = await connector.grant(orderOf(grant, history.request, history.requester, lease.endsAt))
    const outcome = await store.transaction((tx) => becomeActive(ports, tx, grantId, lease, evidence))
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

type Begun =
  | { kind: 'begun'; grant: Grant; history: RequestHistory; login: HolderLogin | null }
  | { kind: 'gone' }

async function begin(ports: ActivatePorts, grantId: string): Promise<Begun> {
  const { store, clock } = ports
  const begun = await store.transaction(async (tx) => {
    const found = await tx.grants.lock(grantId)
    if (found?.status !== 'activating') return found && { grant: found, login: null }
    const trying: ActivatingGrant = { ...found, attempts: found.attempts + 1 }
    const login = await fixLogin(tx, ports, trying, clock.now())
    await tx.grants.save(login.grant)
    return { grant: login.grant, login }
  })
  const history = begun && (await store.histories.byRequest(begun.grant.requestId))
  return begun && history ? { kind: 'begun', ...begun, history } : { kind: 'gone' }
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

async function becomeActive(
  { catalog }: Pick<Ports, 'catalog'>,
  tx: Transaction,
  grantId: string,
  lease: Lease,
  granted: Evidence,
): Promise<'active' | 'moved_on'> {
  const locked = await tx.grants.lock(grantId)
  if (locked?.status !== 'activating') return 'moved_on'
  const { attempts: _, ...base } = locked
  const grant: ActiveGrant = { ...base, status: 'active', lease, granted }
  await tx.grants.save(grant)
  const details = {
    ends_at: lease.endsAt.toISOString(),
    evidence: evidenceDetails(granted),
  }
  await tx.audit.append(ofGrant(grant, 'grant.activated', daypass, granted.readAt, { details }))
  await planEnd(tx, grant, catalog.defaults.expiryNoticesSeconds, lease.activatedAt)
  await orderGrantMessages(
    tx,
    grant,
    ['requester:active', 'card', 'thread:active', 'requester:submitted'],
    lease.activatedAt,
  )
  return 'active'
}

/**
 * The grant left `activating` while an activation was under way, perhaps in a process that died. That activation may have
 * changed the target after the read-back of the revocation, so the access is removed once more.
 */
async function removeOnceMore(
  ports: ActivatePorts,
  grant: Grant,
  history: RequestHistory,
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  const latest = (await store.histories.byRequest(grant.requestId))?.grant ?? grant
  if (latest.status === 'active') return done('active already')
  try {
    await connectors
      .of(grant.resourceId)
      .revoke(orderOf(grant, history.request, history.requester, clock.now()))
    return done(`the grant is ${latest.status}; removed the access once more`)
  } catch (error) {
    return removeLater(ports, grant, failureOf(error, clock.now()).failure)
  }
}

/** Adds a new entry. The present one may be done already, by a worker that took it after this worker's hold had ended. */
async function removeLater(
  { store }: Pick<Ports, 'store'>,
  { id: grantId, resourceId }: Grant,
  { message, at }: Failure,
): Promise<EffectOutcome> {
  await store.transaction((tx) =>
    tx.outbox.add({ kind: 'activate_grant', grantId, resourceId }, addSeconds(at, 30)),
  )
  return done(`the access is to be removed later: ${message}`)
}

/** Ends the activation as failed, but only when the access is removed. Otherwise orders a revocation, which is retried. */
async function giveUp(
  { store, clock, connectors }: ActivatePorts,
  grant: ActivatingGrant,
  history: RequestHistory,
  failure: Failure,
): Promise<EffectOutcome> {
  const removed = await connectorRevoke()
  return store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    const now = clock.now()
    // Another worker may have made it active. This call has removed the access, or a part of it, so it must not stay active.
    if (locked?.status !== 'activating' && locked?.status !== 'active') {
      if (!removed)
        await tx.outbox.add(
          { kind: 'activate_grant', grantId: grant.id, resourceId: grant.resourceId },
          addSeconds(now, 30),
        )
      return done(removed ? 'moved on' : `the access is to be removed later: ${failure.message}`)
    }
    const details = { code: failure.code, message: failure.message }
    await tx.audit.append(ofGrant(locked, 'grant.activation_failed', daypass, now, { details }))
    if (removed && locked.status === 'activating') await endFailed(tx, locked, failure, now)
    else {
      const reason = failure.message
      await orderRevocation(tx, locked, { cause: 'activation_failed', byId: null, reason, startedAt: now })
    }
    await orderGrantMessages(tx, grant, ['requester:activation_failed', 'thread:activation_failed'], now)
    return done(`failed: ${failure.message}`)
  })

  async function connectorRevoke(): Promise<boolean> {
    try {
      await connectors
        .of(grant.resourceId)
        .revoke(orderOf(grant, history.request, history.requester, clock.now()))
      return true
    } catch {
      return false
    }
  }
}

async function endFailed(
  tx: Transaction,
  grant: ActivatingGrant,
  failure: Failure,
  now: Date,
): Promise<void> {
  const { attempts: _, ...base } = grant
  await tx.grants.save({ ...base, status: 'activation_failed', failure, endedAt: now })
  await orderGrantMessages(tx, grant, ['card', 'requester:submitted'], now)
}

export const activateGrantEffect = defineEffect({
  kind: 'activate_grant',
  data,
  queue: 'activate',
  longestBackoffSeconds: 300,
  run: (ports: ActivatePorts, batch, context) => {
    const group = targetGroup(context)
    return batch.map((grant) => group.run(() => activateGrant(ports, grant, group)))
  },
})
