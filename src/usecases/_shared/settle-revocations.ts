import { daypass } from '../../domain/audit-event.ts'
import type { Evidence } from '../../domain/connector.ts'
import {
  type EndedGrant,
  type FailedRevocationGrant,
  type Failure,
  finalStatus,
  type RevokingGrant,
} from '../../domain/grant.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import type { Transaction } from '../../domain/ports.ts'
import { evidenceDetails, ofGrant } from './audit-events.ts'
import { backoff, done, type EffectOutcome, type Fault, retry } from './effect-outcome.ts'
import { orderGrantMessages } from './order-messages.ts'
import { redrawHolders } from './redraw-holders.ts'
import { isUnreachable } from './target-group.ts'

/** The answer of the target. `unreachable`: there was no answer. */
export type RevocationAttempt = { readonly grantId: string } & (
  | { readonly removed: Evidence; readonly failure?: never; readonly unreachable?: never }
  | { readonly removed?: never; readonly failure: Failure; readonly unreachable?: Failure }
)

/** A target that does not answer is asked again at least this often, for ever. */
const longestPauseSeconds = 60

/** Records the outcomes of these revocations, and orders their messages. Returns an answer for each. */
export async function settleRevocations(
  tx: Transaction,
  attempts: readonly RevocationAttempt[],
  now: Date,
): Promise<EffectOutcome[]> {
  const grants = await lockOpen(tx, attempts)
  const changed: (EndedGrant | FailedRevocationGrant)[] = []
  const toRedraw: (EndedGrant | FailedRevocationGrant)[] = []
  const outcomes: EffectOutcome[] = []
  for (const { grantId, removed, failure } of attempts) {
    const grant = grants.get(grantId)
    // The same grant may have been ordered twice.
    grants.delete(grantId)
    if (!grant) {
      outcomes.push(done('somebody else saw it gone'))
    } else if (removed) {
      const ended = endOf(grant, removed, now)
      changed.push(ended)
      if (ended.lease) toRedraw.push(ended)
      await tellOfTheEnd(tx, grant, ended, now)
      outcomes.push(done(`${ended.status}: ${removed.summary}`))
    } else {
      const failed: FailedRevocationGrant = { ...grant, status: 'revocation_failed', failure }
      changed.push(failed)
      if (worthTelling(failed.attempts)) {
        toRedraw.push(failed)
        await tellOfTheFailure(tx, failed)
      }
      outcomes.push(againAfter(failed))
    }
  }
  await tx.grants.saveAll(changed)
  await redrawHolders(tx, toRedraw, now)
  return outcomes
}

/**
 * Locks those whose revocation is open. Another caller's failure a moment ago does not undo what was just proven: such a
 * grant is `revoking` again.
 */
async function lockOpen(
  tx: Transaction,
  attempts: readonly RevocationAttempt[],
): Promise<Map<string, RevokingGrant | FailedRevocationGrant>> {
  const locked = await tx.grants.lockAll(attempts.map(({ grantId }) => grantId))
  const proven = new Set(attempts.flatMap(({ grantId, removed }) => (removed ? [grantId] : [])))
  const open = new Map<string, RevokingGrant | FailedRevocationGrant>()
  const again: RevokingGrant[] = []
  for (const grant of locked) {
    if (grant.status === 'revocation_failed' && proven.has(grant.id)) {
      const { failure: _, ...base } = grant
      const revoking: RevokingGrant = { ...base, status: 'revoking' }
      again.push(revoking)
      open.set(grant.id, revoking)
    } else if (grant.status === 'revoking' || grant.status === 'revocation_failed') {
      open.set(grant.id, grant)
    }
  }
  await tx.grants.saveAll(again)
  return open
}

function endOf(
  { attempts: _, ...grant }: RevokingGrant | FailedRevocationGrant,
  removed: Evidence,
  now: Date,
): EndedGrant {
  const { failure: __, ...base } = { failure: null, ...grant }
  return { ...base, status: finalStatus(grant.revocation.cause), endedAt: now, removed }
}

async function tellOfTheEnd(
  tx: Transaction,
  { attempts }: { readonly attempts: number },
  grant: EndedGrant,
  now: Date,
): Promise<void> {
  const { status, removed, revocation } = grant
  const { cause, byId } = revocation
  const details = { cause, attempts, evidence: evidenceDetails(removed) }
  const actor = byId ? ({ kind: 'account', accountId: byId } as const) : daypass
  await tx.audit.append(ofGrant(grant, `grant.${status}`, actor, now, { details }))
  const wasWhole = cause !== 'activation_failed'
  const purposes: MessagePurpose[] = [
    'card',
    'thread:ended',
    'security:revocation_failed',
    'thread:revocation_failed',
    // These messages said that the remains are being removed. Now they say that this is done.
    ...(wasWhole
      ? (['requester:ended'] as const)
      : (['requester:activation_failed', 'thread:activation_failed'] as const)),
  ]
  await orderGrantMessages(tx, grant, purposes, now)
}

/** Each failure stands on the grant and in the log; the audit log and the channels hear of the 1st, 2nd, 4th, 8th, ... */
function worthTelling(attempts: number): boolean {
  return attempts > 0 && (attempts & (attempts - 1)) === 0
}

async function tellOfTheFailure(tx: Transaction, grant: FailedRevocationGrant): Promise<void> {
  const { code, message, at } = grant.failure
  const details = { code, message, attempts: grant.attempts }
  await tx.audit.append(ofGrant(grant, 'grant.revocation_failed', daypass, at, { details }))
  await orderGrantMessages(tx, grant, ['card', 'thread:revocation_failed', 'security:revocation_failed'], at)
}

function againAfter(grant: FailedRevocationGrant): EffectOutcome {
  const { failure, attempts } = grant
  const at = backoff(failure.at, attempts, longestPauseSeconds)
  const again = retry(at, failure.message, faultOf(grant))
  return isUnreachable(failure) ? { ...again, unreachable: failure } : again
}

function faultOf({
  id,
  requestId,
  resourceId,
  entitlementId,
  attempts,
  failure,
}: FailedRevocationGrant): Fault {
  return {
    message: 'a revocation failed, so access may still be open',
    code: failure.code,
    problem: `${failure.message} Daypass tries again until a read-back shows that the access is gone; or cut it off at the target by hand.`,
    about: { grantId: id, requestId, resourceId, entitlementId, attempts },
  }
}
