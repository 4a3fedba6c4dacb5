import { addSeconds } from 'date-fns/addSeconds'
import { daypass } from '../../../domain/audit-event.ts'
import { type Catalog, loginNeededFor } from '../../../domain/catalog.ts'
import { type ActivatingGrant, awaitsPerson, type Failure, type Grant } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestWithRequester } from '../../../domain/request-history.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { ofGrant } from '../../_shared/audit-events.ts'
import { orderRevocation } from '../../_shared/begin-revocation.ts'
import { done, type EffectOutcome, retry } from '../../_shared/effect-outcome.ts'
import { orderGrantMessages } from '../../_shared/order-messages.ts'
import { failureOf, orderOf } from '../../_shared/order-of.ts'
import { isUnreachable } from '../../_shared/target-group.ts'

type UndoPorts = Pick<Ports, 'store' | 'clock' | 'connectors'>

/**
 * The grant left `activating` while an activation was under way, perhaps in a process that died. That activation may have
 * changed the target after the read-back of the revocation, so the access is removed once more.
 */
export async function removeOnceMore(
  ports: UndoPorts,
  grant: Grant,
  asked: RequestWithRequester,
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  const latest = (await store.histories.byRequest(grant.requestId))?.grant ?? grant
  if (latest.status === 'active') return done('active already')
  try {
    await connectors.of(grant.resourceId).revoke(orderOf(grant, asked.request, asked.requester, clock.now()))
    return done(`the grant is ${latest.status}; removed the access once more`)
  } catch (error) {
    const { failure } = failureOf(error, clock.now())
    const isOrdered = latest.status === 'revoking' || latest.status === 'revocation_failed'
    if (failure.code === 'awaiting_person' && isOrdered)
      return done(`a person removes it: ${failure.message}`)
    return removeLater(ports, grant, failure)
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
export async function giveUp(
  { store, clock, connectors, catalog }: UndoPorts & Pick<Ports, 'catalog'>,
  grant: ActivatingGrant,
  asked: RequestWithRequester,
  failure: Failure,
): Promise<EffectOutcome> {
  // A target that did not answer is not asked once more: the revocation that is ordered instead is retried.
  const removed = wasNeverGiven(grant, catalog) || (isUnreachable(failure) ? false : await connectorRevoke())
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
    // Another worker began to give it meanwhile.
    if (locked.login !== grant.login) return retry(addSeconds(now, 5), failure.message)
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
        .revoke(orderOf(grant, asked.request, asked.requester, clock.now()))
      return true
    } catch {
      return false
    }
  }
}

/** The login stands on the grant before the target is changed. What it has without a lease must not be taken away. */
function wasNeverGiven(grant: ActivatingGrant, { resources }: Pick<Catalog, 'resources'>): boolean {
  const resource = resources.get(grant.resourceId)
  const need = resource && loginNeededFor(resource, { content: grant.approvedContent })
  return need != null && grant.login === undefined
}

async function endFailed(
  tx: Transaction,
  grant: ActivatingGrant,
  failure: Failure,
  now: Date,
): Promise<void> {
  const { attempts: _, ...base } = grant
  await tx.grants.save({ ...base, status: 'activation_failed', failure, endedAt: now })
  const awaited = awaitsPerson(grant) ? (['requester:awaits'] as const) : []
  await orderGrantMessages(tx, grant, ['card', 'requester:submitted', ...awaited], now)
}
