import { addSeconds } from 'date-fns/addSeconds'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Grant, RevokingGrant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { asRevoking, revokingEvent } from './begin-revocation.ts'
import { closeExtensions } from './close-extensions.ts'
import { done, type EffectOutcome, retry } from './effect-outcome.ts'
import type { StartedRevocation } from './taking-away.ts'

export type Started = StartedRevocation | { readonly outcome: EffectOutcome }

/** Records that these grants are being revoked, before any operation at the target. Returns an answer for each. */
export async function startRevoking(
  tx: Transaction,
  orders: readonly { readonly grantId: string; readonly generation: number }[],
  now: Date,
): Promise<Started[]> {
  const ids = orders.map(({ grantId }) => grantId)
  const [locked, names] = await Promise.all([tx.grants.lockAll(ids), tx.grants.namesOf(ids)])
  const grants = new Map<string, Grant>(locked.map((grant) => [grant.id, grant]))
  const changed = new Map<string, RevokingGrant>()
  const events: AuditEvent[] = []
  const started = orders.map(({ grantId, generation }) => {
    const next = startOne(grants.get(grantId), generation, now)
    if ('outcome' in next) return next
    if (next.event) events.push(next.event)
    // The same grant may have been ordered twice.
    grants.set(grantId, next.grant)
    changed.set(grantId, next.grant)
    const known = names.get(grantId)
    if (!known) throw new Error(`grant ${grantId} has no request`)
    return { ...next, ...known }
  })
  await tx.grants.saveAll([...changed.values()])
  for (const event of events) await tx.audit.append(event)
  const over = events.flatMap(({ grantId }) => grantId ?? [])
  await closeExtensions(tx, over, 'expired', now)
  return started
}

function startOne(
  grant: Grant | undefined,
  generation: number,
  now: Date,
):
  | (Pick<StartedRevocation, 'grant' | 'alone'> & { readonly event: AuditEvent | null })
  | { outcome: EffectOutcome } {
  switch (grant?.status) {
    case undefined:
      return { outcome: done('there is no such grant') }
    case 'active': {
      if (grant.generation !== generation)
        return { outcome: done('the lease was set anew; another revocation is ordered') }
      // The caller may have a wrong clock. The instant in the row decides.
      if (now < grant.lease.endsAt) return { outcome: retry(grant.lease.endsAt, 'the lease has not ended') }
      const revocation = { cause: 'lease_ended', byId: null, reason: null, startedAt: now } as const
      return {
        grant: asRevoking(grant, revocation, 1),
        alone: false,
        event: revokingEvent(grant, revocation),
      }
    }
    case 'revoking':
      return { grant: { ...grant, attempts: grant.attempts + 1 }, alone: false, event: null }
    case 'revocation_failed': {
      const { failure, ...base } = grant
      const revoking: RevokingGrant = { ...base, status: 'revoking', attempts: grant.attempts + 1 }
      return { grant: revoking, alone: failure.code !== 'unreachable', event: null }
    }
    case 'scheduled':
      return { outcome: done('it starts later, so there is nothing to take away') }
    case 'activating':
      return { outcome: retry(addSeconds(now, 5), 'activation is under way') }
    case 'ended':
    case 'revoked':
    case 'cancelled':
    case 'activation_failed':
      return { outcome: done(`already ${grant.status}`) }
  }
}
