import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { closeRequest } from '../_shared/close-request.ts'
import type { AccountKey } from '../_shared/person.ts'

/** The account was deactivated: cancels its pending requests and revokes its grants. A repetition changes nothing. */
export async function offboardAccount(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { teamId, userId }: AccountKey,
): Promise<{ cancelled: number; revoking: number }> {
  return store.transaction(async (tx) => {
    const person = await tx.accounts.findByUserId(teamId, userId)
    const counts = { cancelled: 0, revoking: 0 }
    if (!person) return counts
    const now = clock.now()
    for (const requestId of await tx.requests.pendingOf(person.id)) {
      const request = await tx.requests.lock(requestId)
      if (request?.status !== 'pending') continue
      await closeRequest(tx, request, 'cancelled', daypass, now)
      counts.cancelled += 1
    }
    for (const grantId of await tx.grants.liveOf(person.id)) {
      const grant = await tx.grants.lock(grantId)
      if (grant?.status !== 'active' && grant?.status !== 'activating') continue
      await orderRevocation(tx, grant, { cause: 'offboarded', byId: null, reason: null, startedAt: now })
      counts.revoking += 1
    }
    if (counts.cancelled + counts.revoking > 0) {
      await tx.audit.append({
        ...ofNoRequest({ kind: 'account', id: person.id }),
        at: now,
        actor: daypass,
        action: 'account.offboarded',
        accountId: person.id,
        details: counts,
      })
    }
    return counts
  })
}
