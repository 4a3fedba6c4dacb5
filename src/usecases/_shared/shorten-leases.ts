import { type Actor, daypass } from '../../domain/audit-event.ts'
import type { ActiveGrant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant } from './audit-events.ts'
import { orderRevocation } from './begin-revocation.ts'
import { closeExtensions } from './close-extensions.ts'
import { orderGrantMessages } from './order-messages.ts'
import { planEnd } from './plan-end.ts'

/**
 * Shortens the leases of a guest whose account ends earlier than before, so that none outlives the account. The target's own
 * expiry does not change, because Daypass revokes before it. A lease that would start later is cancelled. Resolves with the number
 * of shortened leases.
 */
export async function shortenLeases(
  { catalog }: Pick<Ports, 'catalog'>,
  tx: Transaction,
  { accountId, accountEndsAt, now }: { accountId: string; accountEndsAt: Date; now: Date },
): Promise<number> {
  let shortened = 0
  for (const grantId of await tx.grants.openOf(accountId)) {
    const grant = await tx.grants.lock(grantId)
    if (grant?.status === 'scheduled' && grant.startsAt >= accountEndsAt) {
      await orderRevocation(tx, grant, { cause: 'offboarded', byId: null, reason: null, startedAt: now })
    }
    if (grant?.status !== 'active' || grant.lease.endsAt <= accountEndsAt) continue
    const endsAt = accountEndsAt > now ? accountEndsAt : now
    await shortenLease({ catalog }, tx, grant, { endsAt, actor: daypass, now })
    shortened += 1
  }
  return shortened
}

/** Moves the end of an active lease, which this transaction has locked, to an earlier time. The holder is told. */
export async function shortenLease(
  { catalog }: Pick<Ports, 'catalog'>,
  tx: Transaction,
  grant: ActiveGrant,
  { endsAt, actor, now }: { endsAt: Date; actor: Actor; now: Date },
): Promise<void> {
  const shorter: ActiveGrant = {
    ...grant,
    // The revocation and the notices for the former end do nothing now.
    generation: grant.generation + 1,
    lease: { ...grant.lease, endsAt },
  }
  await tx.grants.save(shorter)
  await closeExtensions(tx, [grant.id], 'cancelled', now)
  await planEnd(tx, shorter, catalog.defaults.expiryNoticesSeconds, now)
  const details = { ends_at: endsAt.toISOString(), would_have_ended_at: grant.lease.endsAt.toISOString() }
  await tx.audit.append(ofGrant(shorter, 'grant.lease_shortened', actor, now, { details }))
  await orderGrantMessages(tx, shorter, ['requester:lease_shortened', 'requester:active', 'card'], now)
}

/** Orders an edit of the messages about leases that start later: their planned end follows the end of the account. */
export async function redrawScheduled(tx: Transaction, accountId: string, now: Date): Promise<void> {
  for (const grant of await tx.grants.lockAll(await tx.grants.openOf(accountId))) {
    if (grant.status === 'scheduled')
      await orderGrantMessages(tx, grant, ['card', 'requester:submitted', 'requester:scheduled'], now)
  }
}
