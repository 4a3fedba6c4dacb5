import type { ActiveGrant } from '../../domain/grant.ts'
import { expiryNotices } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Orders the revocation at the end of the lease, and the notices before it that are not past at `now`. */
export async function planEnd(
  tx: Transaction,
  { id: grantId, generation, lease, resourceId }: ActiveGrant,
  notices: readonly number[],
  now: Date,
): Promise<void> {
  await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, lease.endsAt)
  for (const { seconds, at } of expiryNotices(lease, notices)) {
    if (at >= now) await tx.outbox.add({ kind: 'notify_expiry', grantId, generation, seconds }, at)
  }
}
