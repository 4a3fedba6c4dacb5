import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { usualActivityRules } from '../../domain/activity.ts'
import { daypass } from '../../domain/audit-event.ts'
import type { Catalog } from '../../domain/catalog.ts'
import type { Evidence } from '../../domain/connector.ts'
import { mostSeparateEndings } from '../../domain/endings-digest.ts'
import {
  type EndedGrant,
  type FailedRevocationGrant,
  type Failure,
  finalStatus,
  type RevokingGrant,
  usualEscalationSeconds,
} from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { evidenceDetails, ofGrant } from './audit-events.ts'
import { attemptAgainAt, done, type EffectOutcome, type Fault, retry } from './effect-outcome.ts'
import { closeActivity, keepLooks } from './keep-activity.ts'
import type { Look } from './look-at-use.ts'
import { orderGrantMessages } from './order-messages.ts'
import { redrawHolders } from './redraw-holders.ts'
import { isUnreachable } from './target-group.ts'
import { tellEndings } from './tell-endings.ts'

/** The answer of the target. `unreachable`: there was no answer. `look`: what the holder did, where somebody looked before the end. */
export type RevocationAttempt = { readonly grantId: string; readonly look?: Look } & (
  | { readonly removed: Evidence; readonly failure?: never; readonly unreachable?: never }
  | { readonly removed?: never; readonly failure: Failure; readonly unreachable?: Failure }
)

/** A target that does not answer is asked again at least this often, for ever. */
const longestPauseSeconds = 60

/** Records the outcomes of these revocations, and orders their messages. Returns an answer for each. */
export async function settleRevocations(
  { catalog, connectors }: Pick<Ports, 'catalog' | 'connectors'>,
  tx: Transaction,
  attempts: readonly RevocationAttempt[],
  now: Date,
): Promise<EffectOutcome[]> {
  const { open: grants, failedBefore } = await lockOpen(tx, attempts)
  const ended: EndedGrant[] = []
  const waiting: RevokingGrant[] = []
  const failed: FailedRevocationGrant[] = []
  const outcomes: EffectOutcome[] = []
  for (const { grantId, removed, failure } of attempts) {
    const grant = grants.get(grantId)
    // The same grant may have been ordered twice.
    grants.delete(grantId)
    if (!grant) {
      outcomes.push(done('somebody else saw it gone'))
    } else if (removed) {
      const gone = endOf(grant, removed, now)
      ended.push(gone)
      await recordTheEnd(tx, gone, grant.attempts, now)
      if (grant.attempts > 1 || failedBefore.has(grantId) || waits(grant))
        await orderGrantMessages(tx, gone, aboutFailures, now)
      outcomes.push(done(`${gone.status}: ${removed.summary}`))
    } else if (mayWait(catalog, grant, failure)) {
      waiting.push({ ...grant, attempts: 0, awaits: failure.message })
      if (grant.awaits !== failure.message) await tellOfTheWait(tx, grant, now)
      outcomes.push(waitFor(grant, failure))
    } else {
      const { awaits: _, ...base } = { awaits: null, ...grant }
      const still: FailedRevocationGrant = { ...base, status: 'revocation_failed', failure }
      failed.push(still)
      outcomes.push(againAfter(still))
    }
  }
  await tx.grants.saveAll([...ended, ...waiting, ...failed])
  await recordActivity(tx, { catalog, connectors }, attempts, ended, now)
  await tellEndings(tx, catalog, ended.filter(wasWhole), now)
  const told = failed.filter(({ attempts }) => worthTelling(attempts))
  if (told.length > 0) {
    const ids = told.map(({ id }) => id)
    const taken = await tx.panics.takenBack(ids, mostSeparateEndings)
    for (const grant of told) await tellOfTheFailure(tx, grant, { toSecurity: !taken.has(grant.id) })
  }
  await redrawHolders(tx, told, () => now)
  return outcomes
}

/** What the holders did. The looks before attempts that failed are kept for the end. */
async function recordActivity(
  tx: Transaction,
  { catalog, connectors }: Pick<Ports, 'catalog' | 'connectors'>,
  attempts: readonly RevocationAttempt[],
  ended: readonly EndedGrant[],
  now: Date,
): Promise<void> {
  const late = new Map(ended.flatMap((grant) => toCloseLater(catalog, grant)))
  for (const [{ id: grantId, resourceId }, seconds] of late)
    await tx.outbox.add({ kind: 'close_activity', grantId, resourceId }, addSeconds(now, seconds))
  const looks = new Map(attempts.flatMap(({ grantId, look }) => (look ? [[grantId, look] as const] : [])))
  const gone = ended.filter(
    (grant) => !late.has(grant) && (looks.has(grant.id) || canTell(connectors, grant.resourceId)),
  )
  await closeActivity(
    tx,
    gone.map((grant) => ({ grant, look: looks.get(grant.id) })),
    now,
  )
  const ids = new Set(ended.map(({ id }) => id))
  const waiting = [...looks.values()].filter(({ grantId }) => !ids.has(grantId))
  if (waiting.length > 0) await keepLooks(tx, waiting, now)
}

/** The target shows the last uses later. Nothing of a lease that was never given is closed. */
function toCloseLater({ activity, resources }: Catalog, grant: EndedGrant): [EndedGrant, number][] {
  const { collect } = activity ?? usualActivityRules
  const seconds = resources.get(grant.resourceId)?.connector.tellsLateSeconds
  return collect && seconds !== undefined && grant.lease !== null ? [[grant, seconds]] : []
}

/** Whether somebody may have looked while the lease was active. */
function canTell(connectors: Ports['connectors'], resourceId: string): boolean {
  try {
    return connectors.of(resourceId).activity !== undefined
  } catch {
    return true
  }
}

/**
 * Locks those whose revocation is open. Another caller's failure a moment ago does not undo what was just proven: such a
 * grant is `revoking` again.
 */
async function lockOpen(
  tx: Transaction,
  attempts: readonly RevocationAttempt[],
): Promise<{
  open: Map<string, RevokingGrant | FailedRevocationGrant>
  failedBefore: ReadonlySet<string>
}> {
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
  return { open, failedBefore: new Set(again.map(({ id }) => id)) }
}

function endOf(
  { attempts: _, granted: __, ...grant }: RevokingGrant | FailedRevocationGrant,
  removed: Evidence,
  now: Date,
): EndedGrant {
  const { failure: ___, awaits: ____, ...base } = { failure: null, awaits: null, ...grant }
  return { ...base, status: finalStatus(grant.revocation.cause), endedAt: now, removed }
}

async function recordTheEnd(tx: Transaction, grant: EndedGrant, attempts: number, now: Date): Promise<void> {
  const { status, removed, revocation } = grant
  const { cause, byId } = revocation
  const details = { cause, attempts, evidence: evidenceDetails(removed) }
  const actor = byId ? ({ kind: 'account', accountId: byId } as const) : daypass
  await tx.audit.append(ofGrant(grant, `grant.${status}`, actor, now, { details }))
  // These messages said that the remains are being removed. Now they say that this is done.
  if (!wasWhole(grant)) await orderGrantMessages(tx, grant, aboutFailedActivation, now)
}

const aboutFailures = ['security:revocation_failed', 'thread:revocation_failed'] as const
const aboutFailedActivation = ['card', 'requester:activation_failed', 'thread:activation_failed'] as const

/** Whether the holder had the complete access. */
function wasWhole({ revocation }: EndedGrant): boolean {
  return revocation.cause !== 'activation_failed'
}

function waits(grant: RevokingGrant | FailedRevocationGrant): boolean {
  return 'awaits' in grant && grant.awaits !== undefined
}

/** A person must take it away, and was not awaited for too long yet. */
function mayWait(
  { resources }: Pick<Catalog, 'resources'>,
  grant: RevokingGrant | FailedRevocationGrant,
  { code, at }: Failure,
): grant is RevokingGrant {
  if (code !== 'awaiting_person' || grant.status !== 'revoking') return false
  const seconds = resources.get(grant.resourceId)?.connector.escalateAfterSeconds ?? usualEscalationSeconds
  return at < addSeconds(grant.revocation.startedAt, seconds)
}

/** The holder is still told that the time is over, and the owners that a person must take it away. */
async function tellOfTheWait(tx: Transaction, grant: RevokingGrant, now: Date): Promise<void> {
  await orderGrantMessages(tx, grant, ['card', ...(grant.attempts > 1 ? aboutFailures : [])], now)
  if (grant.lease) await redrawHolders(tx, [grant], () => now)
}

/** The longer it takes, the longer the pause. */
function waitFor({ revocation }: RevokingGrant, { at, notBefore, message }: Failure): EffectOutcome {
  const waited = differenceInSeconds(at, revocation.startedAt)
  const paused = addSeconds(at, Math.min(longestPauseSeconds, Math.max(2, waited / 10)))
  return retry(notBefore && notBefore > paused ? notBefore : paused, message)
}

/** Each failure stands on the grant and in the log; the audit log and the channels hear of the 1st, 2nd, 4th, 8th, ... */
function worthTelling(attempts: number): boolean {
  return attempts > 0 && (attempts & (attempts - 1)) === 0
}

/** Security reads of a panic over many leases in one message. */
async function tellOfTheFailure(
  tx: Transaction,
  grant: FailedRevocationGrant,
  { toSecurity }: { readonly toSecurity: boolean },
): Promise<void> {
  const { code, message, at } = grant.failure
  const details = { code, message, attempts: grant.attempts }
  await tx.audit.append(ofGrant(grant, 'grant.revocation_failed', daypass, at, { details }))
  await orderGrantMessages(tx, grant, ['card', 'thread:revocation_failed'], at)
  if (toSecurity) await orderGrantMessages(tx, grant, ['security:revocation_failed'], at)
}

function againAfter(grant: FailedRevocationGrant): EffectOutcome {
  const { failure, attempts } = grant
  const at = attemptAgainAt(failure, attempts, longestPauseSeconds)
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
