import { addSeconds } from 'date-fns'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import type { Evidence } from '../../domain/connector.ts'
import type { Failure, Grant, RevokingGrant } from '../../domain/grant.ts'
import { finalStatus } from '../../domain/grant.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import type { Ports, Transaction } from '../../domain/ports.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { beginRevocation } from '../_shared/begin-revocation.ts'
import { defineEffect } from '../_shared/define-effect.ts'
import { backoff, done, type EffectOutcome, type Fault, retry } from '../_shared/effect-outcome.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import { redrawHolder } from '../_shared/redraw-holder.ts'
import { isUnreachable, noGroup, type TargetGroup, targetGroup } from '../_shared/target-group.ts'

const data = z.object({ grantId: z.guid(), generation: z.number(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    revoke_grant: z.infer<typeof data>
  }
}

/** A target that does not answer is asked again at least this often, for ever. */
const longestPauseSeconds = 60

type RevokePorts = Pick<Ports, 'store' | 'clock' | 'connectors'>

/**
 * Takes access away at the target and proves that it is gone, whoever asked: the end of the lease, a button, offboarding.
 * Safe to call at any time and any number of times; a lease that has not ended is left alone.
 */
export async function revokeGrant(
  ports: RevokePorts,
  { grantId, generation }: { grantId: string; generation: number },
  group: Pick<TargetGroup, 'unreachable'> = noGroup(),
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  const begun = await store.transaction((tx) => begin(tx, grantId, generation, clock.now()))
  if ('outcome' in begun) return begun.outcome
  const { grant } = begun
  const unreachable = group.unreachable()
  // The end of the lease is on record, and people are told; the target is not asked once more for the same answer.
  if (unreachable) return store.transaction((tx) => fail(tx, grantId, { ...unreachable, at: clock.now() }))
  try {
    const history = await store.histories.byRequest(grant.requestId)
    if (!history) throw new Error(`grant ${grantId} has no request`)
    const until = grant.lease?.endsAt ?? clock.now()
    const removed = await connectors
      .of(grant.resourceId)
      .revoke(orderOf(grant, history.request, history.requester, until))
    return await store.transaction((tx) => end(tx, grantId, removed, clock.now()))
  } catch (error) {
    const { failure } = failureOf(error, clock.now())
    return store.transaction((tx) => fail(tx, grantId, failure))
  }
}

type Begun = { grant: RevokingGrant } | { outcome: EffectOutcome }

async function begin(tx: Transaction, grantId: string, generation: number, now: Date): Promise<Begun> {
  const grant = await tx.grants.lock(grantId)
  if (!grant) return { outcome: done('there is no such grant') }
  switch (grant.status) {
    case 'active': {
      if (grant.generation !== generation)
        return { outcome: done('the lease was set anew; another revocation is ordered') }
      // Whoever calls may have a wrong clock; the row's instant decides.
      if (now < grant.lease.endsAt) return { outcome: retry(grant.lease.endsAt, 'the lease has not ended') }
      const revocation = { cause: 'lease_ended', byId: null, reason: null, startedAt: now } as const
      return { grant: await tryOnce(tx, await beginRevocation(tx, grant, revocation)) }
    }
    case 'revoking':
      return { grant: await tryOnce(tx, grant) }
    case 'revocation_failed': {
      const { failure: _, ...base } = grant
      return { grant: await tryOnce(tx, { ...base, status: 'revoking' }) }
    }
    case 'activating':
      return { outcome: retry(addSeconds(now, 5), 'activation is under way') }
    case 'ended':
    case 'revoked':
    case 'activation_failed':
      return { outcome: done(`already ${grant.status}`) }
  }
}

async function tryOnce(tx: Transaction, grant: RevokingGrant): Promise<RevokingGrant> {
  const trying = { ...grant, attempts: grant.attempts + 1 }
  await tx.grants.save(trying)
  return trying
}

async function end(tx: Transaction, grantId: string, removed: Evidence, now: Date): Promise<EffectOutcome> {
  const locked = await revokingAgain(tx, grantId)
  if (!locked) return done('somebody else saw it gone')
  const { attempts, ...base } = locked
  const status = finalStatus(locked.revocation.cause)
  await tx.grants.save({ ...base, status, endedAt: now, removed })
  const { cause, byId } = locked.revocation
  const details = { cause, attempts, evidence: { summary: removed.summary, facts: removed.facts } }
  const actor = byId ? ({ kind: 'account', accountId: byId } as const) : daypass
  await tx.audit.append(ofGrant(locked, `grant.${status}`, actor, now, { details }))
  await tellOfTheEnd(tx, locked, now)
  return done(`${status}: ${removed.summary}`)
}

/** Locks the grant as `revoking`; another caller's failure a moment ago does not undo what was just proven. */
async function revokingAgain(tx: Transaction, grantId: string): Promise<RevokingGrant | null> {
  const grant = await tx.grants.lock(grantId)
  if (grant?.status === 'revoking') return grant
  if (grant?.status !== 'revocation_failed') return null
  const { failure: _, ...base } = grant
  const revoking: RevokingGrant = { ...base, status: 'revoking' }
  await tx.grants.save(revoking)
  return revoking
}

async function tellOfTheEnd(tx: Transaction, grant: RevokingGrant, now: Date): Promise<void> {
  const { lease, revocation } = grant
  const wasWhole = revocation.cause !== 'activation_failed'
  const purposes: MessagePurpose[] = [
    'card',
    'thread:ended',
    'security:revocation_failed',
    'thread:revocation_failed',
    // Those who read that what there may be of it is being removed read now that it is.
    ...(wasWhole
      ? (['requester:ended'] as const)
      : (['requester:activation_failed', 'thread:activation_failed'] as const)),
  ]
  await orderGrantMessages(tx, grant, purposes, now)
  if (lease) await redrawHolder(tx, grant, now)
}

async function fail(tx: Transaction, grantId: string, failure: Failure): Promise<EffectOutcome> {
  const grant: Grant | null = await tx.grants.lock(grantId)
  if (grant?.status !== 'revoking' && grant?.status !== 'revocation_failed')
    return done('somebody else saw it gone')
  await tx.grants.save({ ...grant, status: 'revocation_failed', failure })
  if (worthTelling(grant.attempts)) await tellOfTheFailure(tx, grant, failure)
  const again = retry(
    backoff(failure.at, grant.attempts, longestPauseSeconds),
    failure.message,
    faultOf(grant, failure),
  )
  return isUnreachable(failure) ? { ...again, unreachable: failure } : again
}

function faultOf(grant: Grant & { attempts: number }, { code, message }: Failure): Fault {
  const { id, requestId, resourceId, entitlementId, attempts } = grant
  return {
    message: 'a revocation failed, so access may still be open',
    code,
    problem: `${message} Daypass tries again until a read-back shows that the access is gone; or cut it off at the target by hand.`,
    about: { grantId: id, requestId, resourceId, entitlementId, attempts },
  }
}

/** Each failure stands on the grant and in the log; the audit log and the channels hear of the 1st, 2nd, 4th, 8th, ... */
function worthTelling(attempts: number): boolean {
  return attempts > 0 && (attempts & (attempts - 1)) === 0
}

async function tellOfTheFailure(
  tx: Transaction,
  grant: Grant & { attempts: number },
  { code, message, at }: Failure,
): Promise<void> {
  const details = { code, message, attempts: grant.attempts }
  await tx.audit.append(ofGrant(grant, 'grant.revocation_failed', daypass, at, { details }))
  await orderGrantMessages(tx, grant, ['card', 'thread:revocation_failed', 'security:revocation_failed'], at)
  await redrawHolder(tx, grant, at)
}

export const revokeGrantEffect = defineEffect({
  kind: 'revoke_grant',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: (ports: RevokePorts, batch, context) => {
    const group = targetGroup(context)
    return batch.map((grant) => group.run(() => revokeGrant(ports, grant, group)))
  },
})
